using System.Diagnostics;
using System.Threading.Channels;
using ActorStreams.Benchmarks.Harness;
using ActorStreams.Benchmarks.Workloads;

namespace ActorStreams.Benchmarks.Pipelines;

/// <summary>An actor with half of the keys: one mailbox, its own table, aligned on every mark.</summary>
internal sealed class MiniRegion : IDisposable
{
    private readonly int _region;
    private readonly MiniEpochs _epochs;
    private readonly MiniTable _table;
    private readonly Channel<ExchangeBatch> _mailbox = Channel.CreateBounded<ExchangeBatch>(
        new BoundedChannelOptions(LoopedBids.Sources * MiniEngine.Credits) { SingleReader = true });

    private readonly Channel<ExchangeBatch>[] _free = new Channel<ExchangeBatch>[LoopedBids.Sources];
    private readonly Queue<ExchangeBatch>[] _waiting = new Queue<ExchangeBatch>[LoopedBids.Sources];
    private readonly Mark[] _reached = new Mark[LoopedBids.Sources];
    private bool _ended;

    public MiniRegion(int region, long keys, MiniEpochs epochs)
    {
        (_region, _epochs, _table) = (region, epochs, new MiniTable(keys / MiniEngine.Regions));
        for (int source = 0; source < _free.Length; source++)
        {
            _free[source] = Channel.CreateBounded<ExchangeBatch>(
                new BoundedChannelOptions(MiniEngine.Credits) { SingleReader = true, SingleWriter = true });
            for (int credit = 0; credit < MiniEngine.Credits; credit++) _free[source].Writer.TryWrite(new ExchangeBatch(source));
            _waiting[source] = new Queue<ExchangeBatch>(MiniEngine.Credits);
        }
    }

    public ChannelWriter<ExchangeBatch> Mailbox => _mailbox.Writer;

    public LatencyHistogram Pauses { get; } = new();

    public Outcome Outcome => _table.Outcome;

    public ChannelReader<ExchangeBatch> Free(int source) => _free[source].Reader;

    public async Task RunAsync()
    {
        while (!_ended)
        {
            ExchangeBatch batch = await _mailbox.Reader.ReadAsync();
            _waiting[batch.Source].Enqueue(batch);
            while (!_ended && TakeOne())
            {
            }
        }
    }

    public void Dispose() => _table.Dispose();

    // One batch of a source that has not reached the next mark, or the mark itself once both have. False if there is nothing to take.
    private bool TakeOne()
    {
        for (int source = 0; source < _waiting.Length; source++)
        {
            if (_reached[source] != Mark.None || !_waiting[source].TryDequeue(out ExchangeBatch? batch)) continue;
            if (batch.Count > 0) _table.Add(batch.Rows.AsSpan(0, batch.Count), batch.Window);
            _reached[source] = batch.Mark;
            batch.Count = 0;
            _free[source].Writer.TryWrite(batch);
            if (Array.TrueForAll(_reached, mark => mark != Mark.None)) Pass();
            return true;
        }
        return false;
    }

    private void Pass()
    {
        Mark mark = _reached[0];
        if (Array.Exists(_reached,
            other => other != mark)) throw new InvalidOperationException("The sources disagree about the order of marks.");
        Array.Clear(_reached);
        switch (mark)
        {
            case Mark.WindowEnd:
                _table.EmitWindow();
                break;
            case Mark.Barrier or Mark.End:
                _ended = mark == Mark.End;
                long started = Stopwatch.GetTimestamp();
                _epochs.Deliver(_region, _epochs.Durable ? _table.TakeDirty(_epochs) : [], _ended);
                Pauses.Record((long)Stopwatch.GetElapsedTime(started).TotalNanoseconds);
                break;
        }
    }
}
