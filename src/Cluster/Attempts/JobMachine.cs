namespace ActorStreams.Cluster.Attempts;

/// <summary>What the coordinator of an attempt does next.</summary>
internal enum AttemptStep
{
    /// <summary>Nothing, until something happens.</summary>
    Wait,

    /// <summary>Every instance is claimed: the nodes are told to open.</summary>
    Open,

    /// <summary>All nodes are open: the attempt may begin.</summary>
    Begin,

    /// <summary>It has failed.</summary>
    Fail,

    /// <summary>Nothing of it runs any more, as far as can be known.</summary>
    Ended,
}

/// <summary>Walks the nodes of one attempt from the first claim to the end: takes events, and says what to do. Knows no thread, no cluster,
/// no time.</summary>
/// <remarks>Events of another attempt, of nodes that have no part in it, and those that come twice change nothing.</remarks>
/// <param name="attempt">The attempt, by its fencing number.</param>
/// <param name="instances">How many instances it has.</param>
internal sealed class JobMachine(long attempt, int instances)
{
    private readonly AttemptNode?[] _places = new AttemptNode?[instances];
    private readonly Dictionary<string, AttemptNode> _nodes = new(StringComparer.Ordinal);
    private readonly HashSet<string> _lost = new(StringComparer.Ordinal);
    private readonly HashSet<string> _notOpen = new(StringComparer.Ordinal);
    private readonly HashSet<string> _notEnded = new(StringComparer.Ordinal);
    private int _missing = instances;
    private Phase _phase = Phase.Claiming;
    private bool _isFailureTold;

    private enum Phase
    {
        Claiming,
        Claimed,
        Opening,
        Opened,
        Running,
        Ending,
        Ended,
    }

    public long Attempt => attempt;

    /// <summary>Where each instance is, as far as it is known.</summary>
    public IReadOnlyList<AttemptNode?> Places => _places;

    /// <summary>The nodes that host some.</summary>
    public IReadOnlyCollection<AttemptNode> Nodes => _nodes.Values;

    /// <summary>Why it has failed; null: it has not.</summary>
    public (FailureKind Kind, string Text)? Failure { get; private set; }

    /// <summary>Whether instances are still to be found.</summary>
    public bool IsClaiming => _phase == Phase.Claiming && Failure is null;

    /// <summary>Whether the nodes take part.</summary>
    public bool GoesOn => _phase is Phase.Opening or Phase.Opened or Phase.Running && Failure is null;

    /// <summary>Whether nodes have been told of the attempt.</summary>
    public bool HasBeenOpened => _phase is not (Phase.Claiming or Phase.Claimed);

    /// <summary>The nodes that have not said yet that nothing runs there.</summary>
    public IReadOnlyCollection<string> NotEnded => _notEnded;

    /// <summary>An instance was found. Of one that is found twice before the nodes are told, the later place counts: it has
    /// moved.</summary>
    public void OnClaimed(long ofAttempt, int number, AttemptNode node)
    {
        if (ofAttempt != attempt || _phase != Phase.Claiming || number < 0 || number >= _places.Length || _lost.Contains(node.Name))
            return;
        if (_places[number] is null)
            _missing--;
        _places[number] = node;
        if (_missing > 0)
            return;
        foreach (AttemptNode one in _places!)
            _nodes[one.Name] = one;
        _phase = Phase.Claimed;
    }

    /// <summary>A node has restored its instances.</summary>
    public void OnOpened(long ofAttempt, string node)
    {
        if (ofAttempt == attempt && _phase == Phase.Opening && _notOpen.Remove(node) && _notOpen.Count == 0)
            _phase = Phase.Opened;
    }

    /// <summary>A node cannot go on.</summary>
    public void OnFailed(long ofAttempt, string node, FailureKind kind, string text)
    {
        if (ofAttempt == attempt && (kind == FailureKind.Overtaken || _nodes.ContainsKey(node)))
            Fail(kind, text);
    }

    /// <summary>A node is gone: removed from the cluster, or restarted, which is another node.</summary>
    public void OnLost(string node)
    {
        _lost.Add(node);                                // what it has said before may come yet
        _notEnded.Remove(node);
        if (_phase == Phase.Claiming)
        {
            for (int number = 0; number < _places.Length; number++)
            {
                if (_places[number]?.Name == node)
                {
                    _places[number] = null;
                    _missing++;
                }
            }
        }
        else if (_nodes.ContainsKey(node))
        {
            Fail(FailureKind.Ordinary, $"node '{node}' is gone");
        }

        EndIfNobodyIsLeft();
    }

    /// <summary>The attempt is to end, for whatever reason.</summary>
    public void OnEnd()
    {
        if (_phase is Phase.Ending or Phase.Ended)
            return;
        foreach (string node in _nodes.Keys)
            _notEnded.Add(node);
        if (!HasBeenOpened)
            _notEnded.Clear();
        _phase = Phase.Ending;
        EndIfNobodyIsLeft();
    }

    /// <summary>Nothing of it runs on a node any more.</summary>
    public void OnEnded(long ofAttempt, string node)
    {
        if (ofAttempt != attempt)
            return;
        _notEnded.Remove(node);
        EndIfNobodyIsLeft();
    }

    /// <summary>Nodes that do not answer are waited for no longer: they may be paused, and their fence keeps them from doing
    /// harm.</summary>
    public void OnPatienceOver()
    {
        _notEnded.Clear();
        EndIfNobodyIsLeft();
    }

    /// <summary>What to do now; each step is given once.</summary>
    public AttemptStep Next()
    {
        if (Failure is not null && !_isFailureTold && _phase is not (Phase.Ending or Phase.Ended))
        {
            _isFailureTold = true;
            return AttemptStep.Fail;
        }

        switch (_phase)
        {
            case Phase.Claimed when Failure is null:
                foreach (string node in _nodes.Keys)
                    _notOpen.Add(node);
                _phase = Phase.Opening;
                return AttemptStep.Open;
            case Phase.Opened when Failure is null:
                _phase = Phase.Running;
                return AttemptStep.Begin;
            case Phase.Ended:
                return AttemptStep.Ended;
            default:
                return AttemptStep.Wait;
        }
    }

    private void Fail(FailureKind kind, string text) => Failure ??= (kind, text);

    private void EndIfNobodyIsLeft()
    {
        if (_phase == Phase.Ending && _notEnded.Count == 0)
            _phase = Phase.Ended;
    }
}
