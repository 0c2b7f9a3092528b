using ActorStreams.Cluster.Links;
using ActorStreams.Core.Exchange;
using ActorStreams.Core.Records;
using Akka.Actor;

namespace ActorStreams.Cluster.Tests.Links;

/// <summary>Over real sockets: both nodes show certificates of an authority that the other one trusts, and nothing leaves the machine
/// readable.</summary>
public sealed class TlsSpec : IDisposable
{
    private static readonly LinkAddress s_loopback = new("127.0.0.1", 0);
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(60);

    /// <summary>The first failure is the last.</summary>
    private static readonly LinkLimits s_once = new() { OpenWithin = TimeSpan.Zero };

    private readonly Authority _ours = new("ours"), _others = new("others");

    public TlsSpec()
    {
        _ours.Sign("a");
        _ours.Sign("b");
        _others.Sign("mallory");
    }

    [Fact]
    public async Task Rows_cross_between_nodes_that_trust_each_other()
    {
        List<string> taken = await CrossAsync(
            new SocketNetwork(LinkCertificates.Load(_ours.FileOf("a.pem"), _ours.FileOf("a.key"), "", _ours.Trusted),
                allowsPlaintext: false),
            new SocketNetwork(LinkCertificates.Load(_ours.FileOf("b.pfx"), "", "secret", _ours.Trusted), allowsPlaintext: false));

        Assert.Equal(["20000 rows", "Barrier 9 final"], taken);
    }

    [Fact]
    public async Task Without_certificates_rows_cross_on_the_machine_itself() =>
        Assert.Equal(["20000 rows", "Barrier 9 final"], await CrossAsync(new SocketNetwork(null, allowsPlaintext: false),
            new SocketNetwork(null, allowsPlaintext: false)));

    [Fact]
    public async Task Links_run_in_actors_of_an_ActorSystem_as_well_as_anywhere()
    {
        using ActorSystem system = ActorSystem.Create("links", "akka { loglevel = WARNING, stdout-loglevel = WARNING }");
        var network = new SocketNetwork(null, allowsPlaintext: false);

        List<string> taken = await CrossAsync(network, network, new ActorLinkHost(system, "akka.actor.default-dispatcher",
            static turns => ThreadPool.UnsafeQueueUserWorkItem(static turns => turns(), turns, preferLocal: false)));

        Assert.Equal(["20000 rows", "Barrier 9 final"], taken);
    }

    [Fact]
    public async Task A_certificate_of_another_authority_is_refused_and_counted()
    {
        await RefusedAsync(
            new SocketNetwork(LinkCertificates.Load(_others.FileOf("mallory.pem"), _others.FileOf("mallory.key"), "", _ours.Trusted),
                false),
            LinkFaultKind.Security);
    }

    [Fact]
    public async Task A_certificate_that_has_expired_is_refused_and_counted()
    {
        _ours.Sign("late", hours: -1);
        await RefusedAsync(new SocketNetwork(
            LinkCertificates.Load(_ours.FileOf("late.pem"), _ours.FileOf("late.key"), "", _ours.Trusted), false), LinkFaultKind.Security);
    }

    [Fact]
    public async Task Who_speaks_no_TLS_is_refused_and_counted() =>
        await RefusedAsync(new SocketNetwork(null, allowsPlaintext: false), LinkFaultKind.Security);

    [Fact]
    public async Task A_node_that_shows_a_certificate_of_another_authority_is_not_given_rows()
    {
        var host = new PooledHost();
        await using var port = new LinkPort("b", new SocketNetwork(
            LinkCertificates.Load(_others.FileOf("mallory.pem"), _others.FileOf("mallory.key"), "", _ours.Trusted), false), host, s_once,
            TimeProvider.System);
        port.Listen(s_loopback);

        LinkNews news = await DialAsync(host, OfA(), port.Address);

        Assert.Equal((LinkState.Failed, LinkFaultKind.Security), (news.State, news.Fault!.Kind));
        Assert.Contains("actorstreams.cluster.links.certificate", news.Fault.Text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("0.0.0.0")]
    [InlineData("192.0.2.1")]
    public async Task Without_TLS_no_address_beyond_the_machine_is_listened_on_or_dialled(string host)
    {
        var network = new SocketNetwork(null, allowsPlaintext: false);

        JobException listening = Assert.Throws<JobException>(() => network.Listen(new LinkAddress(host, 0)));
        JobException dialling = await Assert.ThrowsAsync<JobException>(async () => await network.DialAsync(new LinkAddress(host, 1),
            default));

        Assert.StartsWith($"Links must not listen on {host}:0 without TLS", listening.Message, StringComparison.Ordinal);
        Assert.StartsWith($"Links must not dial {host}:1 without TLS", dialling.Message, StringComparison.Ordinal);
        Assert.Contains("allow-plaintext = on", listening.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Without_TLS_other_addresses_are_listened_on_if_that_is_allowed()
    {
        await using ILinkListener listener = new SocketNetwork(null, allowsPlaintext: true).Listen(new LinkAddress("0.0.0.0", 0));
        Assert.NotEqual(0, listener.Address.Port);
    }

    [Fact]
    public async Task A_port_that_is_taken_is_named()
    {
        var network = new SocketNetwork(null, allowsPlaintext: false);
        await using ILinkListener first = network.Listen(s_loopback);

        Assert.StartsWith($"Links cannot listen on {first.Address}", Assert.Throws<JobException>(() =>
            network.Listen(first.Address)).Message,
            StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("missing.pem", "a.key", "missing.pem")]
    [InlineData("a.pem", "missing.key", "a.pem")]
    [InlineData("a.pem", "b.key", "a.pem")]
    [InlineData("a.key", "a.key", "a.key")]
    public void A_certificate_file_that_cannot_be_read_is_named(string certificate, string key, string named) =>
        Assert.Contains(named, Assert.Throws<JobException>(() =>
            LinkCertificates.Load(_ours.FileOf(certificate), _ours.FileOf(key), "", _ours.Trusted)).Message, StringComparison.Ordinal);

    public void Dispose()
    {
        _ours.Dispose();
        _others.Dispose();
    }

    private SocketNetwork OfA() => new(LinkCertificates.Load(_ours.FileOf("a.pem"), _ours.FileOf("a.key"), "", _ours.Trusted),
        allowsPlaintext: false);

    /// <summary>Dials a node that trusts our authority only.</summary>
    private async Task RefusedAsync(SocketNetwork network, LinkFaultKind expected)
    {
        var host = new PooledHost();
        var refused = new TaskCompletionSource<LinkFault>(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var port = new LinkPort("b", new SocketNetwork(
            LinkCertificates.Load(_ours.FileOf("b.pem"), _ours.FileOf("b.key"), "", _ours.Trusted), false), host, s_once,
                TimeProvider.System)
        { Refused = (_, fault) => refused.TrySetResult(fault) };
        port.Listen(s_loopback);
        port.Expect(new ExpectedLink(LinkHello.Of("job", "a", "b", 1), TwoNodes<long>.LanesOf(new TwoNodes<long>().B),
            news => Assert.Fail("It is not welcome.")));

        LinkNews news = await DialAsync(host, network, port.Address);

        Assert.Equal(LinkState.Failed, news.State);
        Assert.Equal(expected, (await refused.Task.WaitAsync(s_patience)).Kind);
        Assert.Equal(1, port.RefusedFor(expected));
    }

    private static async Task<LinkNews> DialAsync(PooledHost host, SocketNetwork network, LinkAddress address)
    {
        var failed = new TaskCompletionSource<LinkNews>(TaskCreationOptions.RunContinuationsAsynchronously);
        var link = new DialledLink(LinkHello.Of("job", "a", "b", 1), address, TwoNodes<long>.LanesOf(new TwoNodes<long>().A), network, host,
            s_once, TimeProvider.System, news => failed.TrySetResult(news));
        link.Dial();
        LinkNews news = await failed.Task.WaitAsync(s_patience);
        await link.Running.WaitAsync(s_patience);
        return news;
    }

    /// <summary>Sends 20,000 rows and a barrier from node a to node b.</summary>
    private static async Task<List<string>> CrossAsync(SocketNetwork ofA, SocketNetwork ofB, ILinkHost? inActors = null)
    {
        ILinkHost host = inActors ?? new PooledHost();
        var nodes = new TwoNodes<long>(receivers: 1);
        await using var portOfA = new LinkPort("a", ofA, host, LinkLimits.Default, TimeProvider.System);
        await using var portOfB = new LinkPort("b", ofB, host, LinkLimits.Default, TimeProvider.System);
        portOfA.Listen(s_loopback);
        portOfB.Listen(s_loopback);
        var addresses = new Dictionary<string, LinkAddress> { ["a"] = portOfA.Address, ["b"] = portOfB.Address };
        var all = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        int rows = 0;
        var others = new List<string>();
        StagePlace receiving = host.Open("receiver", message =>
        {
            nodes.B.Receivers[0].Take(message);
            while (nodes.B.Receivers[0].TryRead(out _, out LaneMessage read))
            {
                if (read.Batch is Batch<long> batch)
                {
                    for (int row = 0; row < batch.Count; row++)
                        Assert.Equal(rows++, batch.Rows[row]);
                    nodes.B.Pool.Return(batch);
                    continue;
                }

                others.Add(Crossing<long>.TextOf(read));
                all.TrySetResult();
            }
        });
        int sent = 0;
        StagePlace sending = host.Open("sender", message =>
        {
            nodes.A.Senders[0].Take(message);
            Send();
        });
        nodes.B.Receivers[0].Open(receiving);
        nodes.A.Senders[0].Open(sending);
        var faults = new List<LinkNews>();
        AttemptLinks linksOfA = AttemptLinks.Prepare(portOfA, "job", 1, nodes.A.Instances, addresses, ofA, host, LinkLimits.Default,
            TimeProvider.System, faults.Add);
        AttemptLinks linksOfB = AttemptLinks.Prepare(portOfB, "job", 1, nodes.B.Instances, addresses, ofB, host, LinkLimits.Default,
            TimeProvider.System, _ => { });
        Task opening = linksOfB.OpenAsync();
        await linksOfA.OpenAsync().WaitAsync(s_patience);
        await opening.WaitAsync(s_patience);

        await sending.RunAsync(Send);
        await all.Task.WaitAsync(s_patience);
        await linksOfA.EndAsync().WaitAsync(s_patience);

        Assert.DoesNotContain(faults, news => news.Fault is not null);
        await linksOfA.DisposeAsync();
        await linksOfB.DisposeAsync();
        return [$"{rows} rows", .. others];

        void Send()
        {
            while (sent < 20_000)
            {
                Batch<long> batch = nodes.A.Pool.Rent();
                for (int row = 0; row < TwoNodes<long>.BatchRows; row++)
                {
                    (batch.Rows[row], batch.Positions![row]) = (sent + row, row);
                    batch.SourceWatermarks!.Begin(row, 0);
                    batch.Count++;
                }

                if (!nodes.A.Outlets[0, 0].TrySend(new LaneMessage(MessageKind.Batch, batch, 0)))
                    return;
                sent += TwoNodes<long>.BatchRows;
            }

            if (sent == 20_000 && nodes.A.Outlets[0, 0].TrySend(LaneMessage.Barrier(9, isFinal: true)))
                sent++;
        }
    }
}
