namespace ActorStreams;

/// <summary>The bounds and the memory of <see cref="Watermarks.Adaptive"/>.</summary>
public sealed record AdaptiveOptions
{
    /// <summary>The watermark never stands closer behind the largest event time than this. Default: zero.</summary>
    public TimeSpan MinimumDelay { get; init; }

    /// <summary>The watermark never stands further behind the largest event time than this, whatever that costs in completeness; also where
    /// it stands while it warms up. Default: 1 hour; at most 365 days.</summary>
    public TimeSpan MaximumDelay { get; init; } = TimeSpan.FromHours(1);

    /// <summary>Rows of a partition before what was learned is used. Null, the default: 8 / (1 - completeness), at least 1,024; so 8,000
    /// for 0.999.</summary>
    public int? WarmUpRows { get; init; }

    /// <summary>After this many rows a row weighs half: small follows a change quickly, large is steadier. Null, the default: 64 / (1 -
    /// completeness), at least 16,384; so 64,000 for 0.999.</summary>
    public int? HalfLifeRows { get; init; }

    /// <summary>The settings that differ from their defaults, by name.</summary>
    public override string ToString() => SettingsText.Of(this, new AdaptiveOptions());
}
