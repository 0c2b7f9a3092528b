using ActorStreams.Authoring;
using ActorStreams.Cluster.Links;
using ActorStreams.Core.Exchange;

namespace ActorStreams.Cluster.Tests.Links;

/// <summary>Who may connect to the port of a node: each link that is expected, once. Everything else is refused and counted, and takes no
/// room.</summary>
public sealed class LinkPortSpec
{
    private readonly SimulatedHost _host = new(seed: 3);
    private readonly SimulatedNetwork _network;
    private readonly LinkPort _port;
    private readonly List<(LinkHello? Hello, LinkFault Fault)> _refused = [];
    private readonly List<LinkNews> _news = [];

    public LinkPortSpec()
    {
        _network = new SimulatedNetwork(_host);
        _port = new LinkPort("b", _network, _host, LinkLimits.Default, _host.Clock)
        {
            Refused = (hello, fault) => _refused.Add((hello,
            fault))
        };
        _port.Listen(new LinkAddress("127.0.0.1", 0));
    }

    [Fact]
    public void A_link_that_is_expected_is_welcome_once()
    {
        Expect(attempt: 4);
        Connect(attempt: 4);
        RunUntil(() => _news.Any(news => news.State == LinkState.Open));

        Connect(attempt: 4);
        RunUntil(() => _refused.Count > 0);

        Assert.Equal(LinkFaultKind.Attempt, _refused.Single().Fault.Kind);
        Assert.Equal(1, _port.RefusedFor(LinkFaultKind.Attempt));
        Assert.Equal(LinkState.Open, _news.Last().State);
    }

    [Fact]
    public void An_old_connection_that_is_replayed_is_refused_while_its_attempt_runs_and_after_it()
    {
        Expect(attempt: 4);
        SimulatedNetwork.Line old = Connect(attempt: 4);
        RunUntil(() => _news.Any(news => news.State == LinkState.Open));
        byte[] recorded = [.. old.Sent];
        Replay(recorded);
        RunUntil(() => _refused.Count == 1);

        _port.Forget("job", 4);
        Expect(attempt: 5);
        Replay(recorded);
        RunUntil(() => _refused.Count == 2);

        Assert.All(_refused, refused => Assert.Equal(LinkFaultKind.Attempt, refused.Fault.Kind));
        Assert.Equal("Attempt 4 of job 'job' is over.", _refused.Last().Fault.Text);
        Assert.Equal(2, _port.RefusedFor(LinkFaultKind.Attempt));
    }

    [Fact]
    public void An_attempt_that_has_not_begun_here_and_a_node_that_is_not_this_one_are_told_apart()
    {
        Connect(attempt: 1);
        RunUntil(() => _refused.Count == 1);
        Expect(attempt: 4);
        Connect(attempt: 5);
        RunUntil(() => _refused.Count == 2);
        Connect(attempt: 4, to: "b-before-its-restart");
        RunUntil(() => _refused.Count == 3);

        Assert.Equal([LinkFaultKind.NotYet, LinkFaultKind.NotYet, LinkFaultKind.Address], _refused.Select(refused => refused.Fault.Kind));
    }

    [Fact]
    public void Whoever_does_not_say_who_it_is_is_sent_away_after_ten_seconds()
    {
        _network.Dial(_port.Address);
        RunUntil(() => _port.Strangers == 1);
        RunUntil(() => _port.Strangers == 0, seconds: 15);

        Assert.Equal(1, _port.RefusedFor(LinkFaultKind.Silence));
    }

    [Fact]
    public void Whoever_says_a_byte_now_and_then_is_sent_away_too()
    {
        SimulatedNetwork.Line line = _network.Dial(_port.Address);
        byte[] hello = Hello(attempt: 4);
        _host.Run(async () =>
        {
            for (int at = 0; at < 30 && _refused.Count == 0; at++)
            {
                await line.SendAsync(hello.AsMemory(at, 1));
                await Task.Delay(TimeSpan.FromSeconds(1), _host.Clock);
            }
        });

        Assert.Equal(1, _port.RefusedFor(LinkFaultKind.Silence));
        Assert.InRange(_host.Clock.Elapsed, TimeSpan.FromSeconds(10), TimeSpan.FromSeconds(12));
    }

    [Fact]
    public void Of_those_who_do_not_say_who_they_are_only_so_many_may_wait()
    {
        for (int stranger = 0; stranger < LinkLimits.Default.Strangers + 10; stranger++)
            _network.Dial(_port.Address);
        RunUntil(() => _port.RefusedFor(LinkFaultKind.Crowded) == 10);
        Assert.Equal(LinkLimits.Default.Strangers, _port.Strangers);

        // They are sent away in the end, and the nodes get through.
        RunUntil(() => _port.Strangers == 0, seconds: 15);
        Expect(attempt: 1);
        Connect(attempt: 1);
        RunUntil(() => _news.Any(news => news.State == LinkState.Open));
    }

    [Fact]
    public void Garbage_is_counted_and_its_connection_closed()
    {
        for (int connection = 0; connection < 50; connection++)
        {
            byte[] bytes = new byte[100];
            _host.Random.NextBytes(bytes);
            Replay(bytes);
        }

        RunUntil(() => _port.RefusedFor(LinkFaultKind.NoFrame) == 50);
        RunUntil(() => _port.Strangers == 0);
    }

    [Fact]
    public void A_port_that_is_closed_closes_its_connections_too()
    {
        _network.Dial(_port.Address);
        RunUntil(() => _port.Strangers == 1);

        _host.Run(() => _port.DisposeAsync().AsTask());

        Assert.Equal(0, _port.Strangers);
        Assert.Throws<IOException>(() => _network.Dial(_port.Address));
    }

    private void Expect(long attempt) =>
        _port.Expect(new ExpectedLink(LinkHello.Of("job", "a", "b", attempt), TwoNodes<long>.LanesOf(new TwoNodes<long>().B), _news.Add));

    private SimulatedNetwork.Line Connect(long attempt, string to = "b")
    {
        SimulatedNetwork.Line line = _network.Dial(_port.Address);
        var session = new SendingSession(LinkHello.Of("job", "a", to, attempt), TwoNodes<long>.LanesOf(new TwoNodes<long>().A),
            LinkLimits.Default, _host.Clock, _ => { });
        _ = _host.Open("a", session.Take).RunAsync(new LinkRun(session, line, LinkLimits.Default, _host.Clock).RunAsync);
        return line;
    }

    private void Replay(byte[] bytes)
    {
        SimulatedNetwork.Line line = _network.Dial(_port.Address);
        _host.Run(() => line.SendAsync(bytes).AsTask());
    }

    private static byte[] Hello(long attempt)
    {
        var writer = new BlobWriter();
        LinkHello.Of("job", "a", "b", attempt).Write(writer);
        return Frame.Of(FrameKind.Hello, writer.ToArray(), attempt: attempt).ToBytes();
    }

    private void RunUntil(Func<bool> isDone, double seconds = 2) => _host.RunUntil(isDone, TimeSpan.FromSeconds(seconds));
}
