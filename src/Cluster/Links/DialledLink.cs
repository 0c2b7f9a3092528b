using ActorStreams.Core.Exchange;

namespace ActorStreams.Cluster.Links;

/// <summary>A link to another node: dials until it is open or the time for that is over, then runs until its end.</summary>
internal sealed class DialledLink
{
    private readonly LinkHello _hello;
    private readonly LinkAddress _address;
    private readonly IReadOnlyList<LinkLane> _lanes;
    private readonly ILinkNetwork _network;
    private readonly LinkLimits _limits;
    private readonly TimeProvider _clock;
    private readonly Action<LinkNews> _news;
    private readonly CancellationTokenSource _abandoned = new();
    private readonly Queue<object> _early = new();
    private readonly StagePlace _place;
    private readonly ILinkHost _host;
    private SendingSession? _session;
    private bool _isOpen;

    public DialledLink(LinkHello hello, LinkAddress address, IReadOnlyList<LinkLane> lanes, ILinkNetwork network, ILinkHost host,
        LinkLimits limits, TimeProvider clock, Action<LinkNews> news)
    {
        (_hello, _address, _lanes, _network, _host, _limits, _clock, _news) = (hello, address, lanes, network, host, limits, clock, news);
        _place = host.Open($"out-{hello.Job}-{hello.Attempt}-{hello.To}", Take);
    }

    /// <summary>Complete when the connection is closed, after news of why.</summary>
    public Task Running { get; private set; } = Task.CompletedTask;

    /// <summary>Begins to dial.</summary>
    public void Dial() => Running = _place.RunAsync(RunAsync);

    /// <summary>What instances have for those of the other node; from any thread.</summary>
    public void Tell(object message) => _place.Tell(message);

    /// <summary>Nothing more is told: the end follows what was.</summary>
    public void End() => _ = _place.RunAsync(() => _session?.End());

    /// <summary>Nothing more is wanted of it.</summary>
    public void Abandon() => _ = _place.RunAsync(() =>
    {
        Cancellation.Now(_abandoned);
        _session?.Abandon();
    });

    private void Take(object message)
    {
        if (_isOpen)
            _session!.Take(message);
        else
            _early.Enqueue(message);
    }

    private async Task RunAsync()
    {
        long begun = _clock.GetTimestamp();
        while (await TryAsync() is { } fault)
        {
            if (_abandoned.IsCancellationRequested)
                break;
            if (fault.Kind is not (LinkFaultKind.NotYet or LinkFaultKind.Broken or LinkFaultKind.Silence)
                || _clock.GetElapsedTime(begun) > _limits.OpenWithin)
            {
                _news(NewsOf(LinkState.Failed, fault with { Text = $"Node '{_hello.To}' at {_address} was dialled: {fault.Text}" }));
                break;
            }

            await Task.Delay(_limits.DialAgainAfter, _clock);
        }

        _abandoned.Dispose();
        _host.Close(_place);
    }

    /// <returns>Why it did not open; null: it did, and has come to its end meanwhile.</returns>
    private async Task<LinkFault?> TryAsync()
    {
        ILinkLine line;
        try
        {
            using var within = new CancellationTokenSource(_limits.Handshake, _clock);
            using var either = CancellationTokenSource.CreateLinkedTokenSource(within.Token, _abandoned.Token);
            line = await _network.DialAsync(_address, either.Token);
        }
        catch (IOException error)
        {
            return new LinkFault(LinkFaultKind.Broken, error.Message);
        }
        catch (OperationCanceledException)
        {
            return new LinkFault(LinkFaultKind.Broken, "Nobody answered in time.");
        }
        catch (JobException error)
        {
            return new LinkFault(LinkFaultKind.Security, error.Message);
        }

        _session = new SendingSession(_hello, _lanes, _limits, _clock, OnNews);
        if (_abandoned.IsCancellationRequested)
            _session.Abandon();
        await new LinkRun(_session, line, _limits, _clock).RunAsync();
        return _isOpen ? null : _session.Fault ?? new LinkFault(LinkFaultKind.Broken, "The link was given up.");
    }

    private void OnNews(LinkNews news)
    {
        if (news.State == LinkState.Open)
        {
            _isOpen = true;
            while (_early.TryDequeue(out object? message))
                _session!.Take(message);
        }

        if (_isOpen)
            _news(news);
    }

    private LinkNews NewsOf(LinkState state, LinkFault fault) =>
        new(_hello.Job, _hello.Attempt, _hello.To, IsIncoming: false, state, fault);
}
