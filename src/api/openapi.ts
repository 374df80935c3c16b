/** The API as an OpenAPI 3.1 document, printed from the contract when somebody asks. */
import { CONTRACT } from './contract.ts'
import type { RouteContract } from './route-kinds.ts'
import { ROUTES } from './routes.ts'
import type { RouteName } from './routes.ts'
import type { Schema } from './shape.ts'
import { INSIDE } from './inside-shapes.ts'
import { VIEWS } from './view-shapes.ts'

type Json = Readonly<Record<string, unknown>>

export function openapiDocument(version: string): Json {
  const components = new Map<string, Json>()
  const paths: Record<string, Record<string, Json>> = {}
  for (const route of Object.keys(ROUTES) as RouteName[]) {
    const [method, path] = ROUTES[route]
    const operations = (paths[path] ??= {})
    operations[method.toLowerCase()] = operation(route, CONTRACT[route], components)
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'Weft',
      version,
      description:
        'Virtual machines and the networks between them. Served on the unix socket run/weft/weft.sock.',
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    servers: [{ url: 'http://localhost', description: 'on the unix socket' }],
    paths,
    components: { schemas: Object.fromEntries([...components].sort(([a], [b]) => a.localeCompare(b))) },
  }
}

function operation(route: RouteName, contract: RouteContract, components: Map<string, Json>): Json {
  const json = (schema: Schema): Json => ({ 'application/json': { schema: reference(schema, components) } })
  return {
    operationId: route,
    summary: contract.summary,
    parameters: [
      ...Object.entries(contract.params).map(([name, schema]) => ({
        name,
        in: 'path',
        required: true,
        schema,
      })),
      ...Object.entries(contract.query).map(([name, schema]) => ({ name, in: 'query', schema })),
    ],
    ...(contract.body === undefined ? {} : { requestBody: { required: true, content: json(contract.body) } }),
    ...(contract.reply === 'upload' ? { requestBody: { required: true, content: BYTES } } : {}),
    ...(contract.reply === 'guest-upload' ? { requestBody: { required: true, content: PLAIN } } : {}),
    responses: {
      ...success(contract.reply, json),
      default: { description: 'What went wrong', content: json(VIEWS.error) },
    },
  }
}

/** The second with holes left out: frames of a letter (D data, H a hole, E the end), a length of eight bytes, and after D the data. */
const BYTES: Json = {
  'application/octet-stream': { schema: { type: 'string' } },
  'application/vnd.weft.sparse': { schema: { type: 'string' } },
}

const PLAIN: Json = { 'application/octet-stream': { schema: { type: 'string' } } }

function success(reply: RouteContract['reply'], json: (schema: Schema) => Json): Json {
  switch (reply) {
    case 'events':
      return {
        200: {
          description: 'One event a message',
          content: { 'text/event-stream': { schema: { type: 'string' } } },
        },
      }
    case 'capture':
      return {
        200: {
          description: 'A pcap file, or lines of text; the trailer X-Weft-End says why it ended',
          content: {
            'application/vnd.tcpdump.pcap': { schema: { type: 'string' } },
            'text/plain': { schema: { type: 'string' } },
          },
        },
      }
    case 'download':
      return { 200: { description: 'The bytes', content: BYTES } }
    case 'upload':
      return success(VIEWS.change, json)
    case 'guest-upload':
      return success(INSIDE.written, json)
    case 'console':
      return { 101: { description: 'The connection carries the bytes of the serial console' } }
    case 'metrics':
      return {
        200: {
          description: 'Lines of the text exposition format',
          content: { 'text/plain': { schema: { type: 'string' } } },
        },
      }
    case 'openapi':
      return {
        200: {
          description: 'This document',
          content: { 'application/json': { schema: { type: 'object' } } },
        },
      }
    default:
      return { 200: { description: 'Done', content: json(reply) } }
  }
}

/** Titled shapes move to the components, once each; where they stood a reference stays. */
function reference(schema: Schema, components: Map<string, Json>): Json {
  const { title, ...plain } = schema
  if (title === undefined) return inner(plain, components)
  if (!components.has(title)) {
    components.set(title, {})
    components.set(title, inner(plain, components))
  }
  return { $ref: `#/components/schemas/${title}` }
}

function inner(schema: Schema, components: Map<string, Json>): Json {
  const refer = (each: Schema): Json => reference(each, components)
  const { items, prefixItems, properties, anyOf, ...plain } = schema
  return {
    ...plain,
    ...(items === undefined ? {} : { items: refer(items) }),
    ...(prefixItems === undefined ? {} : { prefixItems: prefixItems.map(refer), items: false }),
    ...(properties === undefined
      ? {}
      : {
          properties: Object.fromEntries(
            Object.entries(properties).map(([name, each]) => [name, refer(each)]),
          ),
        }),
    ...(anyOf === undefined ? {} : { anyOf: anyOf.map(refer) }),
  }
}
