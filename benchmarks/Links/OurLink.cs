using System.Globalization;
using ActorStreams.Benchmarks.AkkaStreams;
using ActorStreams.Benchmarks.Harness;
using ActorStreams.Cluster.Links;
using ActorStreams.Core.Exchange;
using ActorStreams.Core.Records;

namespace ActorStreams.Benchmarks.Links;

/// <summary>Our side: two instances that send, two that receive, each in an actor, with the default credit of eight batches for each of the
/// four lanes between them. Event times go with the rows: 48 bytes a row.</summary>
internal sealed class OurLink : ILinkSide
{
    private const int Senders = 2, Receivers = 2, LaneBatches = 8;

    private readonly ActorLinkHost _host = new(AkkaSystem.System, "akka.actor.default-dispatcher",
        static turns => ThreadPool.UnsafeQueueUserWorkItem(static turns => turns(), turns, preferLocal: false));
    private readonly SocketNetwork _network = new(certificates: null, allowsPlaintext: false);
    private LinkPort? _port;
    private AttemptLinks? _links;
    private Plan? _plan;

    public string Listen()
    {
        _port = PortOf("b");
        _port.Listen(new LinkAddress("127.0.0.1", 0));
        return _port.Address.Port.ToString(CultureInfo.InvariantCulture);
    }

    public Task<Outcome> ReceiveAsync(long rows, int run)
    {
        var plan = new Plan();
        var done = new TaskCompletionSource<Outcome>(TaskCreationOptions.RunContinuationsAsynchronously);
        var all = new Total(rows, done);
        foreach (Inbox receiver in plan.Receivers)
            receiver.Open(_host.Open("receiver", new Counting(receiver, plan.Pool, all).Take));
        _links = Prepare(_port!, plan, run, port: 0);
        _ = _links.OpenAsync();
        return done.Task;
    }

    public async Task ConnectAsync(string address, int run)
    {
        _port ??= PortOf("a");
        _plan = new Plan();
        _links = Prepare(_port, _plan, run, int.Parse(address, CultureInfo.InvariantCulture));
        await _links.OpenAsync();
    }

    public Task SendAsync(long rows)
    {
        for (int sender = 0; sender < Senders; sender++)
        {
            var sending = new Sending(_plan!, sender, rows);
            StagePlace place = _host.Open("sender", sending.Take);
            _plan!.Senders[sender].Open(place);
            place.RunAsync(sending.Send);
        }

        return Task.CompletedTask;
    }

    public async Task CloseAsync() => await _links!.DisposeAsync();

    private LinkPort PortOf(string node) => new(node, _network, _host, LinkLimits.Default, TimeProvider.System);

    private AttemptLinks Prepare(LinkPort node, Plan plan, int run, int port) => AttemptLinks.Prepare(node, "benchmark", run,
        plan.Instances,
        new Dictionary<string, LinkAddress> { ["a"] = new("127.0.0.1", port), ["b"] = new("127.0.0.1", port) }, _network, _host,
        LinkLimits.Default, TimeProvider.System, static _ => { });

    private sealed class Plan
    {
        public Plan()
        {
            Outlets = new Outlet[Senders.Length, Receivers.Length];
            for (int receiver = 0; receiver < Receivers.Length; receiver++)
            {
                var port = new InputPort<LinkRow>(new Ignore<LinkRow>(), Pool, granularity: 1);
                for (int sender = 0; sender < Senders.Length; sender++)
                    Outlets[sender, receiver] = Receivers[receiver].AddLane(Senders[sender], port, LaneBatches);
            }

            Instances =
            [
                .. Senders.Select((inbox, number) => new LinkInstance($"1/{number}", "a", inbox)),
                .. Receivers.Select((inbox, number) => new LinkInstance($"2/{number}", "b", inbox)),
            ];
        }

        public BatchPool<LinkRow> Pool { get; } = new(LinkRows.FrameRows, withPositions: false, withSourceWatermarks: false);

        public Inbox[] Senders { get; } = [.. Enumerable.Range(0, OurLink.Senders).Select(_ => new Inbox())];

        public Inbox[] Receivers { get; } = [.. Enumerable.Range(0, OurLink.Receivers).Select(_ => new Inbox())];

        public Outlet[,] Outlets { get; }

        public IReadOnlyList<LinkInstance> Instances { get; }
    }

    private sealed class Sending(Plan plan, int sender, long rows)
    {
        private long _at = sender * LinkRows.FrameRows;
        private Batch<LinkRow>? _next;

        public void Take(object message)
        {
            plan.Senders[sender].Take(message);
            Send();
        }

        public void Send()
        {
            while (_at < rows)
            {
                int cycle = (int)(_at % LinkRows.CycleRows);
                if (_next is null)
                {
                    _next = plan.Pool.Rent();
                    LinkRows.Cycle.AsSpan(cycle, LinkRows.FrameRows).CopyTo(_next.Rows);
                    LinkRows.Times.AsSpan(cycle, LinkRows.FrameRows).CopyTo(_next.Times);
                    _next.Count = LinkRows.FrameRows;
                }

                int receiver = (int)(_at / (LinkRows.FrameRows * Senders) % Receivers);
                if (!plan.Outlets[sender, receiver].TrySend(new LaneMessage(MessageKind.Batch, _next, 0)))
                    return;
                _next = null;
                _at += LinkRows.FrameRows * Senders;
            }
        }
    }

    private sealed class Total(long rows, TaskCompletionSource<Outcome> done)
    {
        private Outcome _outcome;

        public void Add(Outcome outcome)
        {
            lock (this)
            {
                _outcome += outcome;
                if (_outcome.Count == rows)
                    done.TrySetResult(_outcome);
            }
        }
    }

    private sealed class Counting(Inbox inbox, BatchPool<LinkRow> pool, Total total)
    {
        public void Take(object message)
        {
            inbox.Take(message);
            while (inbox.TryRead(out _, out LaneMessage read))
            {
                var batch = (Batch<LinkRow>)read.Batch!;
                Outcome outcome = LinkRows.Digest(batch.Rows.AsSpan(0, batch.Count));
                pool.Return(batch);
                total.Add(outcome);
            }
        }
    }
}
