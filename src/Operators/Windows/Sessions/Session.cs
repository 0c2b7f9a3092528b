namespace ActorStreams.Operators.Windows.Sessions;

/// <summary>An open session: the times of its first and last row, and what they add up to. Its window is [first, last + gap).</summary>
internal record struct Session<TAcc>(long First, long Last, TAcc Accumulator)
{
    /// <summary>A field, so that rows are added in place.</summary>
    public TAcc Accumulator = Accumulator;
}

/// <summary>The open sessions of a key: mostly one, and that is in place; out-of-order rows open further ones, which are kept
/// beside.</summary>
internal struct KeySessions<TAcc>
{
    /// <summary>The last of them.</summary>
    public Session<TAcc> Latest;

    /// <summary>0: none. -1: only <see cref="Latest"/>. Above: the number of the first of the further ones, from 1.</summary>
    public int Further;

    /// <summary>The moment at which the timers look at the key: no later than its first session ends. What they hold besides is out of
    /// date.</summary>
    public long Due;
}
