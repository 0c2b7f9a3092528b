namespace ActorStreams.Core.Exchange;

/// <summary>Counts what goes on from epoch to epoch outside of the actors: calls that are not acknowledged. Shared by all actors of a
/// run.</summary>
/// <remarks>A job is complete when its sources have ended and nothing of this is left. So that it gets there, an epoch ends early once the
/// sources have ended.</remarks>
internal sealed class OpenWork
{
    private long _waiting;
    private long _underWay;

    /// <summary>Whether any actor may have such work.</summary>
    public bool IsUsed { get; set; }

    /// <summary>Told when <see cref="WantsEpoch"/> may have become true.</summary>
    public Action? Changed { get; set; }

    /// <summary>Whether an epoch without new input would get things on: work waits for one to be committed, or there is none and that must
    /// be found out.</summary>
    public bool WantsEpoch => IsUsed && (Interlocked.Read(ref _waiting) > 0 || Interlocked.Read(ref _underWay) == 0);

    /// <summary>Work came, and waits for its epoch to be committed.</summary>
    public void Add(int count)
    {
        if (Interlocked.Add(ref _waiting, count) == count)
            Changed?.Invoke();
    }

    /// <summary>Its epoch is committed.</summary>
    public void Begin(int count)
    {
        Interlocked.Add(ref _underWay, count);
        Interlocked.Add(ref _waiting, -count);
    }

    /// <summary>Some is done.</summary>
    public void End(int count)
    {
        if (Interlocked.Add(ref _underWay, -count) == 0)
            Changed?.Invoke();
    }
}
