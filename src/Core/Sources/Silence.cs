namespace ActorStreams.Authoring;

/// <summary>What it means when an open partition gives no row. Decides what becomes of event time meanwhile; see
/// <see cref="Source{T}.Silence"/>.</summary>
public enum Silence
{
    /// <summary>Nothing: rows of any time may still come. Event time waits for them. For what was recorded before it is read, such as
    /// files.</summary>
    SaysNothing,

    /// <summary>That nothing happens: rows come as they happen, and all there were have come. Event time goes on with the clock
    /// (<see cref="JobOptions.QuietAfter"/>). For channels, ingresses, the standard input, brokers.</summary>
    NothingHappens,

    /// <summary>What the source declares (<see cref="SourceBuffer{T}.DeclareWatermark(long)"/>), also while it gives no rows: event time
    /// goes on by as much. For topics and captured tables.</summary>
    IsDeclared,
}
