using ActorStreams.Benchmarks.Harness;

namespace ActorStreams.Benchmarks.Links;

/// <summary>A way to bring rows from one process to another. Both processes make one: the first sends, the second receives.</summary>
internal interface ILinkSide
{
    /// <summary>In the second process: begins to listen.</summary>
    /// <returns>The address, in one word.</returns>
    string Listen();

    /// <summary>In the second process: a run of so many rows begins.</summary>
    /// <returns>Complete with the digest when all have come.</returns>
    Task<Outcome> ReceiveAsync(long rows, int run);

    /// <summary>In the first process: everything up to the first row.</summary>
    Task ConnectAsync(string address, int run);

    /// <summary>In the first process: sends the rows.</summary>
    Task SendAsync(long rows);

    /// <summary>In the first process: closes what <see cref="ConnectAsync"/> opened.</summary>
    Task CloseAsync();
}
