using ActorStreams.Core.Exchange;

namespace ActorStreams.Cluster.Links;

/// <summary>The port of a node by which the rows of other nodes come: one for all jobs. Every connection is a stranger's until it has said
/// whose it is and was expected.</summary>
internal sealed class LinkPort(string node, ILinkNetwork network, ILinkHost host, LinkLimits limits, TimeProvider clock)
    : ILinkDirectory, IAsyncDisposable
{
    private static readonly TimeSpan s_acceptAgainAfter = TimeSpan.FromMilliseconds(100);

    private readonly Lock _lock = new();
    private readonly Dictionary<ReceivingSession, StagePlace> _strangers = [];
    private readonly Dictionary<string, JobLinks> _jobs = new(StringComparer.Ordinal);
    private readonly CancellationTokenSource _closing = new();
    private readonly long[] _refused = new long[(int)LinkFaultKind.Crowded + 1];
    private readonly HashSet<Task> _running = [];
    private ILinkListener? _listener;
    private Task _accepting = Task.CompletedTask;
    private StagePlace? _place;
    private long _accepted;

    /// <summary>The node, by a name that no other process has.</summary>
    public string Node => node;

    /// <summary>Where the port is.</summary>
    /// <exception cref="InvalidOperationException">It does not listen yet.</exception>
    public LinkAddress Address => _listener?.Address ?? throw new InvalidOperationException("The port does not listen yet.");

    /// <summary>Told of each connection that is refused before it was anybody's, for the log.</summary>
    public Action<LinkHello?, LinkFault>? Refused { get; init; }

    /// <summary>Connections that were refused for a reason.</summary>
    public long RefusedFor(LinkFaultKind kind) => Interlocked.Read(ref _refused[(int)kind]);

    /// <summary>Connections that have not said yet whose they are.</summary>
    public int Strangers
    {
        get
        {
            lock (_lock)
                return _strangers.Count;
        }
    }

    /// <summary>Begins to listen.</summary>
    /// <exception cref="JobException">The address cannot be listened on, or must not be without TLS.</exception>
    public void Listen(LinkAddress address)
    {
        _listener = network.Listen(address);
        _place = host.Open("port", static _ => { });
        _accepting = _place.RunAsync(AcceptAsync);
    }

    /// <summary>Expects a link, once.</summary>
    public void Expect(ExpectedLink link)
    {
        lock (_lock)
        {
            if (!_jobs.TryGetValue(link.Hello.Job, out JobLinks? job) || job.Attempt < link.Hello.Attempt)
                _jobs[link.Hello.Job] = job = new JobLinks(link.Hello.Attempt);
            if (job.Attempt > link.Hello.Attempt || job.IsOver)
                throw new JobException($"Attempt {link.Hello.Attempt} of job '{link.Hello.Job}' is over on node '{node}'.");
            job.Expected.Add(link.Hello.From, link);
        }
    }

    /// <summary>An attempt is over: its links are not expected any more, and their connections are refused from now on.</summary>
    public void Forget(string jobName, long attempt)
    {
        lock (_lock)
        {
            if (!_jobs.TryGetValue(jobName, out JobLinks? job) || job.Attempt < attempt)
                _jobs[jobName] = job = new JobLinks(attempt);
            if (job.Attempt > attempt)
                return;
            job.IsOver = true;
            job.Expected.Clear();
        }
    }

    public async ValueTask DisposeAsync()
    {
        Cancellation.Now(_closing);
        if (_listener is not null)
            await _listener.DisposeAsync();
        await _accepting;
        Task[] running;
        lock (_lock)
        {
            foreach ((ReceivingSession session, StagePlace place) in _strangers)
                _ = place.RunAsync(session.Abandon);
            running = [.. _running];
        }

        foreach (Task one in running)
            await one;
        if (_place is not null)
            host.Close(_place);
        _closing.Dispose();
    }

    LinkFault? ILinkDirectory.Find(LinkHello hello, ReceivingSession session, out LinkWelcome? welcome)
    {
        welcome = null;
        lock (_lock)
        {
            if (hello.To != node)
                return new LinkFault(LinkFaultKind.Address, $"Node '{hello.To}' was meant; this is '{node}'. It may have been restarted.");
            if (!_jobs.TryGetValue(hello.Job, out JobLinks? job) || job.Attempt < hello.Attempt)
                return new LinkFault(LinkFaultKind.NotYet, $"Attempt {hello.Attempt} of job '{hello.Job}' has not begun on node '{node}'.");
            if (job.Attempt > hello.Attempt || job.IsOver)
                return new LinkFault(LinkFaultKind.Attempt, $"Attempt {hello.Attempt} of job '{hello.Job}' is over.");
            if (!job.Expected.Remove(hello.From, out ExpectedLink? link))
            {
                return new LinkFault(LinkFaultKind.Attempt,
                    $"Node '{hello.From}' has a link in attempt {hello.Attempt} of job '{hello.Job}' already, or has no part in it.");
            }

            _strangers.Remove(session, out StagePlace? place);
            link.Meet(session, place!);
            welcome = new LinkWelcome(link.Lanes, link.News);
            return null;
        }
    }

    void ILinkDirectory.OnRefused(LinkHello? hello, LinkFault fault) => Refuse(hello, fault);

    private void Refuse(LinkHello? hello, LinkFault fault)
    {
        Interlocked.Increment(ref _refused[(int)fault.Kind]);
        Refused?.Invoke(hello, fault);
    }

    private async Task AcceptAsync()
    {
        while (!_closing.IsCancellationRequested)
        {
            try
            {
                ILinkLine line = await _listener!.AcceptAsync(_closing.Token);
                if (!TryMeet(line))
                {
                    Refuse(null, new LinkFault(LinkFaultKind.Crowded, $"{limits.Strangers} connections have not said yet whose they are."));
                    await line.DisposeAsync();
                }
            }
            catch (OperationCanceledException)
            {
                return;
            }
            catch (IOException)
            {
                await Task.Delay(s_acceptAgainAfter, clock);        // out of handles, perhaps: some will be free again
            }
        }
    }

    private bool TryMeet(ILinkLine line)
    {
        lock (_lock)
        {
            if (_strangers.Count >= limits.Strangers || _closing.IsCancellationRequested)
                return false;
            var session = new ReceivingSession(this, limits, clock);
            StagePlace place = host.Open($"in-{++_accepted}", message => session.Take((LaneCredit)message));
            _strangers.Add(session, place);
            Task running = place.RunAsync(new LinkRun(session, line, limits, clock).RunAsync);
            _running.Add(running);
            _ = place.RunAsync(() => ForgetAsync(running, session, place));
            return true;
        }
    }

    private async Task ForgetAsync(Task running, ReceivingSession session, StagePlace place)
    {
        await running;
        lock (_lock)
        {
            _strangers.Remove(session);
            _running.Remove(running);
        }

        host.Close(place);
    }

    /// <summary>The links of a job's newest attempt.</summary>
    private sealed class JobLinks(long attempt)
    {
        public long Attempt { get; } = attempt;

        public bool IsOver { get; set; }

        /// <summary>By the node they come from.</summary>
        public Dictionary<string, ExpectedLink> Expected { get; } = new(StringComparer.Ordinal);
    }
}
