using Microsoft.AspNetCore.Http;

namespace ActorStreams.Serving.Access;

/// <summary>What is answered where a request cannot be: a problem (RFC 9457) that says what was wrong and what to do.</summary>
internal static class Refusals
{
    public static IResult NotFromElsewhere() => Of(StatusCodes.Status403Forbidden,
        "Without authorization only the machine itself is answered. Demand one (MapActorStreams(…).RequireAuthorization(…)), or type " +
        "AllowAnonymous = true to answer anybody.");

    /// <summary>What an error is for a client.</summary>
    public static IResult Of(Exception error) => Of(StatusOf(error), error.Message);

    /// <summary>Whether an error is an answer rather than a fault of the server.</summary>
    public static bool IsAnswer(Exception error) => StatusOf(error) != StatusCodes.Status500InternalServerError;

    /// <summary>The status of HTTP that says what an error is for a client.</summary>
    public static int StatusOf(Exception error) => error switch
    {
        NotAllowedException => StatusCodes.Status403Forbidden,
        ClientBehindException => StatusCodes.Status429TooManyRequests,
        TooLargeException => StatusCodes.Status413PayloadTooLarge,
        BadHttpRequestException wrong => wrong.StatusCode,
        TooManyException => StatusCodes.Status503ServiceUnavailable,
        WrongRequestException => StatusCodes.Status400BadRequest,
        NotThereException => StatusCodes.Status404NotFound,
        EpochNotReachedException => StatusCodes.Status409Conflict,
        EpochNotRetainedException or StoreException { IsEpochGone: true } => StatusCodes.Status410Gone,
        JobException => StatusCodes.Status503ServiceUnavailable,
        _ => StatusCodes.Status500InternalServerError,
    };

    public static IResult Of(int status, string text) => Results.Problem(text, statusCode: status);
}
