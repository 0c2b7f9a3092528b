using ActorStreams.Core.Sources;

namespace ActorStreams.Core.Exchange;

/// <summary>What an operator keeps back until the watermark lets it go.</summary>
/// <param name="Count">How many.</param>
/// <param name="What">Of what, in the plural: open windows, partial matches.</param>
internal readonly record struct KeptBack(long Count, string What)
{
    public static KeptBack Nothing { get; } = new(0, "");

    /// <summary>Counts what changes under way: a count that is torn by that is as good as none.</summary>
    public static KeptBack Of(string what, Func<long> count)
    {
        try
        {
            return new KeptBack(count(), what);
        }
        catch (Exception error) when (error is InvalidOperationException or ArgumentException or IndexOutOfRangeException
            or NullReferenceException)
        {
            return new KeptBack(1, what);
        }
    }

    public override string ToString() => $"{Count:N0} {What}";
}

/// <summary>A part of an actor that may hold up its epoch: a sink that is full or prepares, calls that do not return.</summary>
internal interface IHolder
{
    /// <summary>The operator or sink.</summary>
    string HolderName { get; }

    /// <summary>What it does at the moment and since when (<see cref="SourceClockwork.Now"/>); null: nothing that others wait for. From any
    /// thread.</summary>
    (string What, long Since)? Holding { get; }
}
