using System.Text.Json;

namespace ActorStreams.Serving.Rows;

/// <summary>A source that rows are told to, whose type only the job knows.</summary>
internal interface IServedIngress
{
    /// <summary>Tells rows; completes when all of them are durable.</summary>
    /// <param name="rows">Each as JSON.</param>
    /// <param name="cancellation">Ends the wait.</param>
    /// <exception cref="Access.WrongRequestException">One of them is no row of the source; none was told.</exception>
    Task TellAsync(IReadOnlyList<JsonElement> rows, CancellationToken cancellation);
}
