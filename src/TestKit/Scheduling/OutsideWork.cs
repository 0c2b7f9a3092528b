using System.Diagnostics.CodeAnalysis;

namespace ActorStreams.TestKit;

/// <summary>Work that other threads bring to the one that runs a job: what came of its real waits.</summary>
internal sealed class OutsideWork
{
    private readonly Queue<(SimulationScheduler Process, object Task)> _brought = new();

    /// <summary>Nothing has come since it was waited for in vain: what is still under way is not waited for again.</summary>
    private bool _isGivenUp;

    /// <summary>Pulsed whenever something is brought.</summary>
    public object Gate => _brought;

    /// <summary>What was brought and not taken. Under <see cref="Gate"/>.</summary>
    public int Count => _brought.Count;

    /// <summary>Called on any thread.</summary>
    public void Bring(SimulationScheduler process, object task)
    {
        lock (_brought)
        {
            _brought.Enqueue((process, task));
            _isGivenUp = false;
            Monitor.PulseAll(_brought);
        }
    }

    public bool TryTake([MaybeNullWhen(false)] out (SimulationScheduler Process, object Task) work)
    {
        lock (_brought)
            return _brought.TryDequeue(out work);
    }

    /// <returns>Whether anything is there, at once or within the limit.</returns>
    public bool Await(TimeSpan limit)
    {
        lock (_brought)
            return _brought.Count > 0 || (Monitor.Wait(_brought, limit) && _brought.Count > 0);
    }

    /// <summary>The same, but once only for what does not come.</summary>
    public bool AwaitPatiently(TimeSpan limit)
    {
        if (_isGivenUp)
            return false;
        bool came = Await(limit);
        _isGivenUp = !came;
        return came;
    }
}
