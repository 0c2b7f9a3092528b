namespace Earthquakes;

/// <summary>What the command line says.</summary>
internal sealed record RunSettings
{
    public required string Input { get; init; }

    public string? Output { get; init; }

    public required string Store { get; init; }

    public int? RowsPerSecond { get; init; }

    public int? Parallelism { get; init; }

    public required TimeSpan OutOfOrderness { get; init; }

    public required TimeSpan Epoch { get; init; }

    /// <summary>What must be the same when the run is started again: these decide what the results are and where they go.</summary>
    public IReadOnlyDictionary<string, string> Lasting => new Dictionary<string, string>(StringComparer.Ordinal)
    {
        ["input"] = Input,
        ["output"] = Output ?? "none",
        ["out-of-orderness"] = OutOfOrderness.ToString("c"),
    };
}
