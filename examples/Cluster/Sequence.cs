using ActorStreams;

namespace Readings;

/// <summary>How far the readings of a sensor from one partition have come, and a hash over all of them in their order.</summary>
/// <param name="Key">The sensor and the partition.</param>
/// <param name="Count">How many there were.</param>
/// <param name="Hash">Over all of them: one that is missing, there twice, or before its time makes it another.</param>
internal readonly record struct Sequence(int Key, long Count, long Hash)
{
    /// <summary>A sequence is told after so many readings.</summary>
    public const int ToldAfter = 100;

    /// <summary>With one more reading.</summary>
    public Sequence With(Reading reading) => this with
    {
        Count = Count + 1,
        Hash = unchecked((((Hash * 31) + reading.Value) * 31) + reading.At),
    };
}

/// <summary>Tells of each sequence again and again how far it is.</summary>
internal sealed class Sequences : ProcessFunction<int, Reading, Sequence>
{
    private readonly ValueState<Sequence> _sequence;

    public Sequences() => _sequence = Value<Sequence>("sequence");

    public override void OnRow(in Reading row, ProcessContext<int, Sequence> context)
    {
        Sequence now = (_sequence.Value with { Key = context.Key }).With(row);
        _sequence.Value = now;
        if (now.Count % Sequence.ToldAfter == 0)
            context.Emit(now);
    }
}
