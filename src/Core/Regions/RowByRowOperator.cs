using ActorStreams.Core.Exchange;

namespace ActorStreams.Core.Regions;

/// <summary>A keyed operator that runs user code per row and per timer, each of which may emit any number of rows.</summary>
/// <remarks>
/// When output is full it keeps the rest of the chunk (a copy: the chunk is the sender's) and stops, between two rows or two timers.
/// A barrier may cut in between two timers: those still to fire are part of the state.
/// </remarks>
internal abstract class RowByRowOperator<TKey, TIn, TOut> : KeyedOperator<TKey, TIn>, IResumable, IFiring
{
    private const int TimersPerPiece = 256;

    private readonly HeldRows<TKey, TIn> _waiting = new();
    private readonly RowOutput<TOut> _output;
    private readonly FiringLoop _loop;

    /// <param name="site">Where it runs.</param>
    /// <param name="output">Takes what it puts out.</param>
    /// <param name="beside">Further outputs.</param>
    protected RowByRowOperator(RegionSite<TKey, TIn> site, Receiver<TOut> output, params RowOutput[] beside)
        : base(site)
    {
        _output = new RowOutput<TOut>(site.Context, output, beside);
        _loop = new FiringLoop(site.Context, _output);
    }

    public bool IsSuspended => _loop.IsSuspended;

    /// <summary>Rows that wait are no state, and their source has passed them.</summary>
    public bool CanCut => _loop.CanCut && _waiting.IsEmpty;

    public void Resume() => _loop.Continue(this);

    Fired IFiring.Fire()
    {
        while (!_waiting.IsEmpty)
        {
            int row = 0;
            Run(_waiting.Next, _waiting.Keys, _waiting.Hashes, ref row);
            _waiting.Done(row);
            if (IsOutputFull && !_output.Send())
                return Fired.Stopped;
        }

        for (int fired = 0; fired < TimersPerPiece && !IsOutputFull; fired++)
        {
            _output.BeginRow();
            if (!(_loop.IsAdvancing && FireOne(Watermark)) && !FireOneByClock())
                return Fired.All;
        }

        return Fired.Some;
    }

    void IFiring.OnFired() => _output.OnWatermark(Watermark);

    /// <summary>Where the row that user code runs on came from.</summary>
    protected long Position { get; private set; } = ActorStreams.Authoring.Position.None;

    /// <summary>Takes back what the present row or timer has put out and changed.</summary>
    protected void TakeBackRow()
    {
        _output.TakeBackRow();
        RollBack();
    }

    /// <summary>Whether a chunk of output is ready to go: a loop over rows stops between two of them.</summary>
    protected bool IsOutputFull => _output.IsFull;

    /// <summary>Puts a row out.</summary>
    protected void Emit(in TOut row, long time) => _output.Add(row, time);

    /// <summary>Puts a row out that the caller makes in place.</summary>
    protected ref TOut Next(long time) => ref _output.Next(time);

    /// <summary>A row begins: what is put out from here on is taken back if its user code throws.</summary>
    /// <param name="position">Where it came from.</param>
    protected void BeginRow(long position)
    {
        _output.BeginRow();
        Position = position;
    }

    /// <summary>Runs user code on a row that did not come with a chunk; nothing may be suspended.</summary>
    /// <remarks>What it throws is thrown, and nothing has come of the row then.</remarks>
    protected void RunOne(in TIn row, TKey key, ulong hash, long time)
    {
        BeginRow(ActorStreams.Authoring.Position.None);
        try
        {
            OnRow(row, key, hash, time);
        }
        catch
        {
            TakeBackRow();
            throw;
        }

        _loop.SendOrSuspend();
    }

    /// <summary>Runs user code on a row.</summary>
    protected abstract void OnRow(in TIn row, TKey key, ulong hash, long time);

    /// <summary>Runs on rows from <paramref name="row"/> on, to the end or until <see cref="IsOutputFull"/>; to be overridden where a loop
    /// of its own is faster.</summary>
    /// <remarks>If it throws, <paramref name="row"/> is the row on which it did.</remarks>
    protected virtual void OnRows(in Chunk<TIn> chunk, ReadOnlySpan<TKey> keys, ReadOnlySpan<ulong> hashes, ref int row)
    {
        for (; row < chunk.Count && !IsOutputFull; row++)
        {
            BeginRow(chunk.PositionOf(row));
            OnRow(chunk.Rows[row], keys[row], hashes[row], chunk.Times[row]);
        }
    }

    /// <summary>Fires one event-time timer that is due.</summary>
    /// <returns>False if none is.</returns>
    protected abstract bool FireOne(long watermark);

    /// <summary>Fires processing-time timers that are due; they stop like the others.</summary>
    protected void FireClock() => _loop.Continue(this);

    /// <summary>Fires one processing-time timer that is due.</summary>
    /// <returns>False if none is.</returns>
    protected virtual bool FireOneByClock() => false;

    /// <summary>The row, or timer, is skipped: takes back what user code has changed.</summary>
    protected abstract void RollBack();

    protected override void OnKeyed(in Chunk<TIn> chunk, TKey[] keys, ulong[] hashes)
    {
        if (IsSuspended)
        {
            // What one call brought is taken whole, in several pieces too: around a row without a key, or late rows.
            Keep(chunk, keys, hashes, 0);
            return;
        }

        int row = 0;
        while (row < chunk.Count)
        {
            Run(chunk, keys.AsSpan(0, chunk.Count), hashes.AsSpan(0, chunk.Count), ref row);
            if (!IsOutputFull || _output.Send())
                continue;
            Keep(chunk, keys, hashes, row);
            return;
        }

        _loop.SendOrSuspend();
    }

    protected override void Advance(long watermark) => _loop.Advance(this);

    /// <summary>Runs on rows until the end, until output is full, or past a row on which user code throws.</summary>
    private void Run(in Chunk<TIn> chunk, ReadOnlySpan<TKey> keys, ReadOnlySpan<ulong> hashes, ref int row)
    {
        try
        {
            OnRows(chunk, keys, hashes, ref row);
        }
        catch (Exception error) when (error is not JobException)
        {
            Errors.OnRow(error, chunk.Rows[row], chunk.Times[row], chunk.PositionOf(row));
            TakeBackRow();
            row++;
        }
    }

    private void Keep(in Chunk<TIn> chunk, TKey[] keys, ulong[] hashes, int from)
    {
        _loop.Suspend();
        _waiting.Add(chunk, keys, hashes, from);
    }
}
