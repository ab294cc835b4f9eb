/** The JSON Schema of a strategy document, from the table of its fields: what an editor needs to complete and to explain keys. */
import { DOCUMENT_FIELDS, type Field, type Fields } from './fields.ts';

type Schema = { readonly [key: string]: boolean | string | number | readonly string[] | Schema | readonly Schema[] };

export const documentSchema = (): Schema => ({
  $schema: 'http://json-schema.org/draft-07/schema#',
  title: 'Retrace strategy document',
  ...sectionOf(DOCUMENT_FIELDS),
});

export const documentSchemaText = (): string => `${JSON.stringify(documentSchema(), null, 2)}\n`;

function sectionOf(fields: Fields): Schema {
  const properties = Object.fromEntries(Object.entries(fields).map(([key, field]) => [key, schemaOf(field)]));
  const required = Object.keys(fields).filter((key) => fields[key]!.need);
  return { type: 'object', additionalProperties: false, ...(required.length > 0 ? { required } : {}), properties };
}

/** Numbers, truths and texts are all texts to the reader: an editor need not quote them. */
const SCALAR = ['string', 'number', 'boolean'];

function schemaOf(field: Field): Schema {
  const description = field.about;
  switch (field.kind) {
    case 'text':
      return { type: 'string', description };
    case 'name':
      return { type: 'string', pattern: '^[a-z0-9]+(-[a-z0-9]+)*$', description };
    case 'duration':
      return { type: 'string', pattern: '^[0-9]+(\\.[0-9]+)?(ms|s|m|h|d)$', description };
    case 'choice':
      return { type: 'string', enum: field.of, description };
    case 'expression':
    case 'value':
      return { type: SCALAR, description };
    case 'texts':
      return { type: 'array', items: { type: SCALAR }, description };
    case 'section':
      return { description, ...sectionOf(field.fields) };
    case 'named':
      return {
        type: 'object',
        description,
        maxProperties: field.most,
        propertyNames: { pattern: '^[A-Za-z_][A-Za-z0-9_]*$' },
        additionalProperties: schemaOf(field.each),
      };
  }
}
