/**
 * Imported before all else: who reads us may stop reading (`| head`), from the very first line on. That is no fault of ours, and no reason
 * to end: what is written from then on goes nowhere, and a desk that runs goes on.
 */
for (const stream of [process.stdout, process.stderr])
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
  });
