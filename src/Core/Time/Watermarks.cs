namespace ActorStreams.Core.Time;

/// <summary>How a source partition's watermark follows from its rows: a function of the rows and their order, never of the clock.</summary>
public abstract class WatermarkStrategy
{
    /// <summary>What it does, for plans.</summary>
    public abstract string Description { get; }
}
