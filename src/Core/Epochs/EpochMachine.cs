using ActorStreams.Core.Exchange;
using ActorStreams.Core.Storage;

namespace ActorStreams.Core.Epochs;

/// <summary>What is to be done next for a run's epochs.</summary>
internal enum EpochStep
{
    /// <summary>Nothing, until something happens.</summary>
    Wait,

    /// <summary>A barrier goes to every source.</summary>
    Begin,

    /// <summary>All instances have reported: the store is given the epoch.</summary>
    Commit,

    /// <summary>The store has it: the instances that are no sources are told, so that sinks show it, and views.</summary>
    Tell,

    /// <summary>They have: now the sources are told, which acknowledge what they gave. What is acknowledged is visible.</summary>
    Acknowledge,

    /// <summary>All instances know: whoever asked for the epoch is told, and the next one is waited for.</summary>
    Finish,

    /// <summary>That was the last epoch.</summary>
    End,
}

/// <summary>Walks one attempt through its epochs: takes events, and says what to do. Knows no thread, no store, no time.</summary>
/// <remarks>
/// An epoch, in order: a barrier to every source; every instance reports at its barrier and goes on with the next epoch; when all have
/// reported, the store commits everything in one transaction; then the instances are told, sources last, and each of them answers. The next
/// barrier waits for that, so at most one epoch is on its way to the store while the next one is being made.
/// </remarks>
/// <param name="attempt">The attempt: what another one reports is not for this one.</param>
/// <param name="committed">The last committed epoch.</param>
/// <param name="instances">Stage instances, numbered from 0.</param>
/// <param name="sources">How many of them are sources.</param>
/// <param name="mayHaveOpenWork">Whether work may go on from epoch to epoch.</param>
/// <param name="isAvailableNow">Whether the end of all sources is the end of what is available, not of all there is.</param>
internal sealed class EpochMachine(long attempt, long committed, int instances, int sources, bool mayHaveOpenWork, bool isAvailableNow)
{
    private readonly EpochReport?[] _reports = new EpochReport?[instances];
    private readonly bool[] _hasEnded = new bool[instances];
    private readonly bool _usesWork = mayHaveOpenWork;
    private Phase _phase = Phase.Waiting;
    private bool _mayHaveOpenWork = mayHaveOpenWork;
    private bool _isDue;
    private bool _isStopping;
    private bool _hadSourcesEnded;
    private int _missing;
    private int _endedSources;

    private enum Phase
    {
        Waiting,
        Collecting,
        Reported,
        Committing,
        Stored,
        Telling,
        Shown,
        Acknowledging,
        Told,
        Ended,
    }

    public long Attempt => attempt;

    /// <summary>The last epoch that the store has.</summary>
    public long Committed { get; private set; } = committed;

    /// <summary>The kind of the epoch on its way.</summary>
    public BarrierKind Kind { get; private set; }

    /// <summary>What the instances have reported of the epoch on its way, by their number.</summary>
    public IReadOnlyList<EpochReport?> Reports => _reports;

    public bool AreSourcesEnded => _endedSources == sources;

    /// <summary>The interval is over, or somebody does not want to wait for it: an epoch begins, at once or after the one on its
    /// way.</summary>
    public void OnDue() => _isDue = true;

    /// <summary>The job is being stopped: one last epoch.</summary>
    public void OnStop() => _isStopping = true;

    /// <summary>A source has given its last row.</summary>
    public void OnSourceEnded(long ofAttempt, int instance)
    {
        if (ofAttempt != attempt || _hasEnded[instance])
            return;
        _hasEnded[instance] = true;
        _endedSources++;
    }

    /// <summary>An instance has passed the barrier.</summary>
    /// <returns>Whether the report was waited for.</returns>
    public bool OnReport(long ofAttempt, int instance, EpochReport report)
    {
        if (ofAttempt != attempt)
            return false;
        if (_phase != Phase.Collecting || report.Epoch != Committed + 1 || _reports[instance] is not null)
            return false;
        _reports[instance] = report;
        if (--_missing == 0)
            _phase = Phase.Reported;
        return true;
    }

    /// <summary>The store has the epoch.</summary>
    public void OnStored()
    {
        Committed++;
        _phase = Phase.Stored;
    }

    /// <summary>An instance has taken note of the commit.</summary>
    public void OnTold(long ofAttempt)
    {
        if (ofAttempt == attempt && _phase is Phase.Telling or Phase.Acknowledging && --_missing == 0)
            _phase++;
    }

    /// <summary>What to do now; each step is given once.</summary>
    /// <param name="wantsEpoch">An epoch without new input would get open work on.</param>
    public EpochStep Next(bool wantsEpoch)
    {
        switch (_phase)
        {
            case Phase.Waiting when AreSourcesEnded && !_mayHaveOpenWork:
                return Begin(isAvailableNow ? BarrierKind.CaughtUp : BarrierKind.End);
            case Phase.Waiting when _isDue || _isStopping || (AreSourcesEnded && wantsEpoch):
                _isDue = false;   // taken here and nowhere else: a request made while an epoch is on its way asks for the next one
                return Begin(_isStopping ? BarrierKind.Stop : BarrierKind.Periodic);
            case Phase.Reported:
                _phase = Phase.Committing;
                _mayHaveOpenWork = _usesWork && !(_hadSourcesEnded && !_reports.Any(static report => report!.HasOpenWork));
                return EpochStep.Commit;
            case Phase.Stored:
                _missing = _reports.Length - sources;
                _phase = _missing == 0 ? Phase.Shown : Phase.Telling;
                return EpochStep.Tell;
            case Phase.Shown:
                _missing = sources;
                _phase = _missing == 0 ? Phase.Told : Phase.Acknowledging;
                return EpochStep.Acknowledge;
            case Phase.Told when Kind != BarrierKind.Periodic:
                _phase = Phase.Ended;
                return EpochStep.End;
            case Phase.Told:
                _phase = Phase.Waiting;
                return EpochStep.Finish;
            default:
                return EpochStep.Wait;
        }
    }

    private EpochStep Begin(BarrierKind kind)
    {
        Kind = kind;
        Array.Clear(_reports);
        _missing = _reports.Length;
        _hadSourcesEnded = AreSourcesEnded;
        _phase = Phase.Collecting;
        return EpochStep.Begin;
    }
}
