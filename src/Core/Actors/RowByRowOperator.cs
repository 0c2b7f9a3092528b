using ActorStreams.Core.Keys;
using ActorStreams.Core.Records;

namespace ActorStreams.Core.Actors;

/// <summary>A keyed operator that runs user code per row and per timer, each of which may emit any number of rows.</summary>
/// <remarks>
/// When output is full it keeps the rest of the chunk (a copy: the chunk is the sender's) and stops, between two rows or two timers.
/// A barrier may cut in between two timers: those still to fire are part of the state.
/// </remarks>
internal abstract class RowByRowOperator<TKey, TIn, TOut>(
    string name, ActorContext context, ShardRange shards, Func<TIn, TKey> keyOf, OperatorErrors errors, Receiver<TOut> output)
    : KeyedOperator<TKey, TIn>(name, context, shards, keyOf, errors), IResumable
{
    private const int TimersPerSlice = 256;

    private readonly HeldRows<TKey, TIn> _waiting = new();
    private readonly RowOutput<TOut> _output = new(context, output);
    private int _rowStart;
    private bool _isFiring;

    public bool IsSuspended { get; private set; }

    public bool CanCut => _output.IsEmpty && _waiting.IsEmpty;

    public void Resume() => Continue();

    /// <summary>Where the row that user code runs on came from.</summary>
    protected long Position { get; private set; } = Records.Position.None;

    /// <summary>Rows put out and not sent yet; with <see cref="TakeBack"/>, what a failing call has put out.</summary>
    protected int Unsent => _output.Count;

    /// <summary>Takes back what was put out since <see cref="Unsent"/> was <paramref name="before"/>.</summary>
    protected void TakeBack(int before) => _output.TakeBack(before);

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
        _rowStart = _output.Count;
        Position = position;
    }

    /// <summary>Runs user code on a row.</summary>
    protected abstract void OnRow(in TIn row, TKey key, ulong hash, long time);

    /// <summary>Runs on rows from <paramref name="row"/> on, to the end or until <see cref="IsOutputFull"/>; to be overridden where a loop of its own is faster.</summary>
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
    protected void FireClock() => Continue();

    /// <summary>Fires one processing-time timer that is due.</summary>
    /// <returns>False if none is.</returns>
    protected virtual bool FireOneByClock() => false;

    /// <summary>The row is skipped: takes back what user code has changed.</summary>
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
            if (!IsOutputFull || Send())
                continue;
            Keep(chunk, keys, hashes, row);
            return;
        }

        if (!Send())
            IsSuspended = true;
    }

    protected override void Advance(long watermark)
    {
        _isFiring = true;
        Continue();
    }

    private void Continue()
    {
        IsSuspended = true;
        if (!Send())
            return;
        while (!_waiting.IsEmpty)
        {
            int row = 0;
            Run(_waiting.Next, _waiting.Keys, _waiting.Hashes, ref row);
            _waiting.Done(row);
            if (IsOutputFull && !Send())
                return;
        }

        if (!Send() || (_isFiring && !FireDue()))
            return;
        while (FireOneByClock())
        {
            if (IsOutputFull && !Send())
                return;
        }

        if (!Send())
            return;
        IsSuspended = false;
        if (!_isFiring)
            return;
        _isFiring = false;
        _output.OnWatermark(Watermark);
    }

    /// <returns>Whether all are fired and out.</returns>
    private bool FireDue()
    {
        for (int fired = 1; FireOne(Watermark); fired++)
        {
            if (IsOutputFull && !Send())
                return false;
            if (fired % TimersPerSlice != 0 || !Context.WantsCut || !Send())
                continue;
            Context.Yield();
            return false;
        }

        return Send();
    }

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
            TakeBack(_rowStart);
            RollBack();
            row++;
        }
    }

    /// <returns>Whether everything is out and more may follow.</returns>
    private bool Send()
    {
        bool mayFollow = _output.Send();
        if (_output.IsEmpty)
            _rowStart = 0;
        return mayFollow;
    }

    private void Keep(in Chunk<TIn> chunk, TKey[] keys, ulong[] hashes, int from)
    {
        IsSuspended = true;
        _waiting.Add(chunk, keys, hashes, from);
    }
}
