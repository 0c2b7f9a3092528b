using System.Net;

namespace ActorStreams;

/// <summary>The server has refused what was asked for.</summary>
public sealed class StreamsClientException : Exception
{
    internal StreamsClientException(HttpStatusCode status, string message)
        : base(message) => Status = status;

    /// <summary>What kind of refusal it is: 400 it cannot be read, 404 there is no such thing, 409 an epoch that the job has not reached,
    /// 410 one that is not retained any more (begin with all rows), 503 the job does not run.</summary>
    public HttpStatusCode Status { get; }

    /// <summary>Whether the same request may be answered later.</summary>
    internal bool MayPass => Status is HttpStatusCode.ServiceUnavailable or HttpStatusCode.BadGateway or HttpStatusCode.GatewayTimeout
        or HttpStatusCode.TooManyRequests;
}
