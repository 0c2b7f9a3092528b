using ActorStreams;

namespace FailedLogins;

/// <summary>What the command line says.</summary>
internal sealed record RunSettings
{
    public required bool Stdin { get; init; }

    public required int Minutes { get; init; }

    public required string Store { get; init; }

    public int? RowsPerSecond { get; init; }

    public required TimeSpan OutOfOrderness { get; init; }

    public required TimeSpan Epoch { get; init; }

    /// <summary>Other signals are another pipeline: its state does not mix with theirs.</summary>
    public string Pipeline => Stdin ? "failed-logins-stdin" : $"failed-logins-generated-{Minutes}";

    public Source<Signal> Signals()
    {
        Source<Signal> signals = Stdin ? new StandardInput(Console.In) : Sources.Of(GeneratedSignals.Of(Minutes));
        return RowsPerSecond is { } rate ? signals.RateLimit(rate) : signals;
    }
}
