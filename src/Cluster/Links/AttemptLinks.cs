using ActorStreams.Core.Exchange;

namespace ActorStreams.Cluster.Links;

/// <summary>All links of one attempt on one node: to every node that instances of this one send to, and from every node that sends to
/// them.</summary>
/// <remarks>
/// Its life: every node builds all instances of the attempt and puts its own into their places; <see cref="Prepare"/> puts the others
/// behind links; <see cref="OpenAsync"/> completes when all links are open, and only then do sources start. A link that fails is told to
/// the owner as <see cref="LinkNews"/>: the attempt is over then, and the next one has links of its own.
/// </remarks>
internal sealed class AttemptLinks : IAsyncDisposable
{
    private readonly LinkPort _port;
    private readonly string _job;
    private readonly long _attempt;
    private readonly Action<LinkNews> _news;
    private readonly List<DialledLink> _dialled = [];
    private readonly List<ExpectedLink> _expected = [];
    private readonly TaskCompletionSource _open = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _notOpen, _notEnded;

    private AttemptLinks(LinkPort port, string job, long attempt, Action<LinkNews> news) =>
        (_port, _job, _attempt, _news) = (port, job, attempt, news);

    /// <summary>Puts the instances of other nodes behind links, and expects the links from there.</summary>
    /// <param name="port">The node's port, which listens.</param>
    /// <param name="job">The job.</param>
    /// <param name="attempt">The attempt, by its fencing number.</param>
    /// <param name="instances">All instances of the attempt, in the order of the plan.</param>
    /// <param name="addresses">Where the other nodes listen.</param>
    /// <param name="network">Carries the bytes.</param>
    /// <param name="host">Gives links places.</param>
    /// <param name="limits">What links take at most.</param>
    /// <param name="clock">The time.</param>
    /// <param name="news">Told what becomes of each link; called in turns of the links.</param>
    /// <exception cref="JobException">Rows of an instance cannot go to another node, or the attempt is over.</exception>
    public static AttemptLinks Prepare(LinkPort port, string job, long attempt, IReadOnlyList<LinkInstance> instances,
        IReadOnlyDictionary<string, LinkAddress> addresses, ILinkNetwork network, ILinkHost host, LinkLimits limits, TimeProvider clock,
        Action<LinkNews> news)
    {
        string here = port.Node;
        var links = new AttemptLinks(port, job, attempt, news);
        foreach (string peer in instances.Select(instance => instance.Node).Distinct().Where(node => node != here).ToList())
        {
            IReadOnlyList<LinkLane> there = LinkLanes.Between(instances, here, peer), back = LinkLanes.Between(instances, peer, here);
            DialledLink? dialled = there.Count == 0 ? null
                : new DialledLink(LinkHello.Of(job, here, peer, attempt), addresses[peer], there, network, host, limits, clock,
                    links.OnNews);
            ExpectedLink? expected = back.Count == 0 ? null : new ExpectedLink(LinkHello.Of(job, peer, here, attempt), back, links.OnNews);
            if (dialled is not null)
                links._dialled.Add(dialled);
            if (expected is not null)
                links._expected.Add(expected);
            for (int number = 0; number < instances.Count; number++)
            {
                if (instances[number].Node == peer)
                {
                    instances[number].Inbox.Open(LinkPlace.Of(instances[number], number, there, back,
                        message => dialled!.Tell(message), credit => expected!.Tell(credit)));
                }
            }
        }

        links._notOpen = links._notEnded = links._dialled.Count + links._expected.Count;
        foreach (ExpectedLink link in links._expected)
            port.Expect(link);
        return links;
    }

    /// <summary>Dials the other nodes; complete when every link of this node is open, in both directions.</summary>
    /// <exception cref="JobException">A link cannot be opened.</exception>
    public Task OpenAsync()
    {
        if (_notOpen == 0)
            _open.TrySetResult();
        foreach (DialledLink link in _dialled)
            link.Dial();
        return _open.Task;
    }

    /// <summary>Links that are not open yet are waited for no more.</summary>
    public void GiveUp()
    {
        _open.TrySetException(new JobException($"Attempt {_attempt} of job '{_job}' ended before its links were open."));
        _ = _open.Task.Exception;                   // nobody may wait for it
    }

    /// <summary>Every instance has sent its last: complete when all of it has arrived, on this node and on the others.</summary>
    public Task EndAsync()
    {
        if (_notEnded == 0)
            _ended.TrySetResult();
        foreach (DialledLink link in _dialled)
            link.End();
        return _ended.Task;
    }

    /// <summary>The attempt is over, however: nothing is sent any more, and connections of it are refused.</summary>
    public async ValueTask DisposeAsync()
    {
        _port.Forget(_job, _attempt);
        GiveUp();
        _ended.TrySetResult();
        foreach (ExpectedLink link in _expected)
            link.Abandon();
        foreach (DialledLink link in _dialled)
            link.Abandon();
        foreach (DialledLink link in _dialled)
            await link.Running;
    }

    /// <summary>In turns of the links: several at once.</summary>
    private void OnNews(LinkNews news)
    {
        if (news.State == LinkState.Open && Interlocked.Decrement(ref _notOpen) == 0)
            _open.TrySetResult();
        if (news.State == LinkState.Ended && Interlocked.Decrement(ref _notEnded) == 0)
            _ended.TrySetResult();
        if (news.Fault is { } fault)
        {
            var error = new JobException($"Job '{_job}', attempt {_attempt}: the link {(news.IsIncoming ? "from" : "to")} node " +
                $"'{news.Peer}' " +
                $"failed. {fault.Text}");
            _open.TrySetException(error);
            _ended.TrySetException(error);
            _ = (_open.Task.Exception, _ended.Task.Exception);
        }

        _news(news);
    }
}
