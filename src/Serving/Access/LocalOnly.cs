using System.Net;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Http;

namespace ActorStreams.Serving.Access;

/// <summary>Without any authorization only the machine itself is answered.</summary>
internal sealed class LocalOnly(ServingOptions options) : IEndpointFilter
{
    public ValueTask<object?> InvokeAsync(EndpointFilterInvocationContext context, EndpointFilterDelegate next)
    {
        HttpContext http = context.HttpContext;
        bool isGuarded = http.GetEndpoint()?.Metadata.GetMetadata<IAuthorizeData>() is not null;
        return options.AllowAnonymous || isGuarded || IsLocal(http) ? next(context) : new(Refusals.NotFromElsewhere());
    }

    /// <summary>From this machine, and by a name of it: a page of somebody else's that calls itself by another name is not.</summary>
    private static bool IsLocal(HttpContext http) =>
        http.Connection.RemoteIpAddress is { } address && IPAddress.IsLoopback(address)
        && (http.Request.Host.Host is "localhost"
            || (IPAddress.TryParse(http.Request.Host.Host.Trim('[', ']'), out IPAddress? host) && IPAddress.IsLoopback(host)));
}
