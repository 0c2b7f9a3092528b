using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace ActorStreams.Serving.Access;

/// <summary>How large the body of a request may be.</summary>
internal static class BodyLimit
{
    public static void Set(HttpContext http, long bytes)
    {
        if (http.Request.ContentLength > bytes)
            throw new TooLargeException(bytes);
        if (http.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } limit)
            limit.MaxRequestBodySize = bytes;
    }
}
