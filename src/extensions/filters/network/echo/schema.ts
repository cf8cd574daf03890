import { message } from '../../../../config/schema/message.ts'

export function echoSchema() {
  return message('envoy.extensions.filters.network.echo.v3.Echo', {})
}
