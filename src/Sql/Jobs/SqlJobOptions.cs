namespace ActorStreams;

/// <summary>How a job of SQL runs.</summary>
public sealed record SqlJobOptions
{
    /// <summary>How the job under it runs: parallelism, epochs, clock, ActorSystem. Default: the defaults of every job, but for event
    /// times, which may be of any year.</summary>
    public JobOptions Job { get; init; } = new() { MaxEventTimeAhead = null, MaxEventTimeLeap = null };

    /// <summary>What is done about a statement whose state grows for ever. Default: a warning.</summary>
    public GrowingState GrowingState { get; init; }

    /// <summary>The folder that relative paths of connectors begin at. Default: the current one.</summary>
    public string Folder { get; init; } = "";

    /// <summary>Functions of the application's own, for all statements. Those that stored definitions name are to be there whenever the job
    /// is opened. Default: null, there are none.</summary>
    public SqlFunctions? Functions { get; init; }

    /// <summary>The settings that differ from their defaults, by name.</summary>
    public override string ToString() => SettingsText.Of(this, new SqlJobOptions());
}
