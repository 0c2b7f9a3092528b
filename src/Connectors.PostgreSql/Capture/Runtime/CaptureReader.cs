namespace ActorStreams.Connectors.PostgreSql.Capture.Runtime;

/// <summary>Reads a table: its rows as of one moment, then its changes.</summary>
/// <remarks>
/// The slot is made first, so that the log is kept from there on. The snapshot is read in the order of the keys; if it is interrupted, the
/// rest is read as of a later moment. What commits before the moment as of which a key was read is in the row that was read, and is left
/// out of the stream.
/// </remarks>
internal sealed partial class CaptureReader<TOut> : SourceReader<TOut>
{
    private const long WatermarkStep = 100_000, WatermarkDelay = 1_000_000;

    private static readonly TimeSpan s_lookInterval = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan s_closingLimit = TimeSpan.FromSeconds(2);

    private readonly CaptureSettings _settings;
    private readonly CaptureConnection _server;
    private readonly RowEmitter<TOut> _emitter;
    private readonly RowTarget<TOut> _target = new();
    private readonly CapturedRow _row = new(), _before = new();
    private readonly CaptureRetries _retries;
    private readonly IdleTick _idle;
    private readonly List<SnapshotPart> _parts = [];
    private Heartbeat _heartbeat;
    private SnapshotRows? _snapshot;
    private ChangeStream? _stream;
    private TableLook? _look;
    private long _lookedAt;
    private TableInfo? _table;
    private RowLayout? _layout;
    private KeyOrder? _order;
    private bool _mayEndEpoch = true;
    private ServerMoment? _available;
    private bool _isPastEnd;

    // Where it is.
    private bool _isSnapshot;
    private ulong _lsn;
    private bool _isOpen;
    private ulong _commit;
    private long _events, _toldEvents;
    private ulong _toldCommit;
    private long _declared = EventTime.MinValue;
    private TableShape? _shape;

    public CaptureReader(CaptureSettings settings, RowEmitter<TOut> emitter, CapturePosition? from, long rows)
    {
        (_settings, _emitter) = (settings, emitter);
        (_retries, _idle) = (new CaptureRetries(settings), new IdleTick(settings.Clock));
        (_server, _heartbeat) = (new CaptureConnection(settings, emitter.NeedsFullIdentity), new Heartbeat(settings));
        _isSnapshot = from?.IsSnapshot ?? settings.Options.Start == CaptureStart.Snapshot;
        if (from is not null)
        {
            (_lsn, _toldCommit, _toldEvents, _shape, _declared) = (from.Lsn, from.OpenCommit, from.OpenEvents, from.Shape, from.Declared);
            _parts.AddRange(from.Parts);
        }

        _target.Rows = rows;
    }

    public override SourceOffset Offset => new(_target.Rows, new CapturePosition(
        _isSnapshot, _lsn, _isOpen ? _commit : _toldCommit,
        _isOpen ? Math.Max(_events, _commit == _toldCommit ? _toldEvents : 0) : _toldEvents, _parts)
    {
        Slot = _settings.Slot,
        Shape = _shape,
        Declared = _declared,
    }.Encode());

    public override bool MayEndEpoch => _mayEndEpoch;

    /// <summary>Before the snapshot is in, and while the line is down, silence says nothing.</summary>
    public override bool IsUpToDate => !_isSnapshot && !_retries.IsFailing && Volatile.Read(ref _stream) is not null;

    public override bool HasSnapshotRows => _isSnapshot;

    /// <summary>Finds at once what would only fail later.</summary>
    public async Task CheckAsync(CancellationToken cancellation)
    {
        while (true)
        {
            try
            {
                (TableInfo table, _) = await _server.CheckAsync(_lsn, _shape, cancellation);
                _emitter.Bind(new RowLayout(table.Columns), table);
                _retries.Heal();
                return;
            }
            catch (Exception error) when (error is not (SourceException or OperationCanceledException))
            {
                await _retries.WaitAsync("to connect", error, cancellation);
            }
        }
    }

    /// <summary>Lets the reader end where the server's log ends now, behind the rows of the snapshot if they are not all read.</summary>
    public async Task EndHereAsync(CancellationToken cancellation)
    {
        while ((_available = await _heartbeat.NowAsync(cancellation)) is null)
            await _retries.WaitAsync("to ask where the log ends", new TimeoutException("The server did not answer."), cancellation);
        _retries.Heal();
    }

    public override async ValueTask<bool> ReadAsync(SourceBuffer<TOut> buffer, CancellationToken cancellation)
    {
        _target.Begin(buffer);
        while (true)
        {
            if (_available is { } end && !_isSnapshot && !_isOpen && (_isPastEnd || _lsn >= end.Lsn))
                return TellEnd(buffer, end);
            try
            {
                if (_isSnapshot ? await ReadSnapshotAsync(buffer, cancellation) : await ReadStreamAsync(buffer, cancellation))
                    return true;
            }
            catch (Exception error) when (error is not (SourceException or OperationCanceledException))
            {
                if (!CaptureErrors.IsTransient(error))
                    throw CaptureErrors.Of(_settings, Doing, error);
                await DisconnectAsync();
                if (HasAny(buffer) || !_mayEndEpoch)
                {
                    // Perhaps half of a transaction: the rest must not be waited for while the server is away.
                    EndRead(buffer);
                    return true;
                }

                await _retries.WaitAsync(Doing, error, cancellation);
            }
        }
    }

    /// <summary>What is committed here needs not be kept there.</summary>
    public override ValueTask CommittedAsync(SourceOffset offset, CancellationToken cancellation)
    {
        if (CapturePosition.Decode(offset.State, _settings.Where).Lsn is var lsn and not 0)
            Volatile.Read(ref _stream)?.Confirm(lsn);
        return ValueTask.CompletedTask;
    }

    public override async ValueTask DisposeAsync()
    {
        await DisconnectAsync();
        await Quietly(_heartbeat);
        await _idle.DisposeAsync();
        await base.DisposeAsync();
    }

    /// <summary>At the end of what is available, the table is complete up to the time at which that was noted.</summary>
    /// <returns>Whether that was not known yet; if it was, there is nothing more in this run.</returns>
    private bool TellEnd(SourceBuffer<TOut> buffer, ServerMoment end)
    {
        if (!_settings.Options.AdvanceWhenSilent || end.Time is not { } time || time - WatermarkDelay <= _declared)
            return false;
        _declared = time - WatermarkDelay;
        EndRead(buffer);
        return true;
    }

    private static bool HasAny(SourceBuffer<TOut> buffer) => buffer.Count > 0 || buffer.Rejected.Count > 0 || buffer.HasDeclared;

    private async ValueTask<bool> ReadSnapshotAsync(SourceBuffer<TOut> buffer, CancellationToken cancellation)
    {
        if (_snapshot is null && !await OpenSnapshotAsync(cancellation))
            return true;
        SnapshotRows snapshot = _snapshot!;
        _target.Time = _declared;      // older than everything; in a table that is read anew, as old as what was told of the other
        bool hasRow = false;
        while (!buffer.IsFull && !snapshot.IsAtEnd)
        {
            if (!snapshot.TryRead(_row))
            {
                // The wait may end with the connection: what is in the buffer is handed over then.
                if (hasRow)
                    NoteLastRow();
                hasRow = false;
                await snapshot.FillAsync(cancellation);
                continue;
            }

            hasRow = true;
            try
            {
                _emitter.Insert(_row, _target);
            }
            catch (Exception error) when (error is not SourceException)
            {
                _target.Reject(_row, $"Table {_settings.Table}, row of the snapshot", error);
            }
        }

        _retries.Heal();
        if (!snapshot.IsAtEnd)
        {
            NoteLastRow();
            return true;
        }

        _parts[^1] = _parts[^1] with { UpTo = null };
        _isSnapshot = false;
        await DisconnectAsync();
        EndRead(buffer);                                            // told even without a row: others may wait for it
        return true;
    }

    /// <summary>The snapshot goes on after this row, should it break off.</summary>
    private void NoteLastRow() => _parts[^1] = _parts[^1] with { UpTo = _order!.KeyOf(_row) };

    /// <returns>False: the table is another one now, and that was told.</returns>
    private async Task<bool> OpenSnapshotAsync(CancellationToken cancellation)
    {
        byte[][]? after = _parts.Count == 0 ? null : _parts[^1].UpTo;
        (TableInfo table, SnapshotRows? rows, ulong asOf, ulong slotFrom) = await _server.OpenSnapshotAsync(
            _lsn, _parts.Count == 0 ? null : _shape, after, cancellation);
        if (rows is null)
        {
            BeginAgain();
            return false;
        }

        _snapshot = rows;
        if (_lsn == 0)
            _lsn = slotFrom;
        Adopt(table);
        Bind(table, new RowLayout(table.Columns));

        // An attempt that brought nothing left no part behind it.
        if (_parts.Count > 0 && IsEmpty(_parts.Count - 1))
            _parts.RemoveAt(_parts.Count - 1);
        _parts.Add(new SnapshotPart(asOf, after));
        return true;
    }

    private void Adopt(TableInfo table) => (_shape, _look, _lookedAt) = (table.Look.Shape, table.Look, _settings.Clock.GetTimestamp());

    /// <summary>The table is another one: what was told of it is taken back, and it is read anew. Changes from before that are in the log
    /// are those of the other, or are in the snapshot.</summary>
    private void BeginAgain()
    {
        (_isSnapshot, _isOpen, _shape, _look, _toldCommit, _toldEvents, _mayEndEpoch) = (true, false, null, null, 0, 0, true);
        _parts.Clear();
        _target.Time = _declared;
        _emitter.Clear(_target);
    }

    /// <summary>Looks closer at a table that is not what it was.</summary>
    /// <returns>False: it is another one now, and that was told.</returns>
    private async Task<bool> LookCloserAsync(CancellationToken cancellation)
    {
        (TableInfo table, _) = await _server.CheckAsync(_lsn, _shape, cancellation);
        if (table.Replaced is null)
        {
            Adopt(table);
            return true;
        }

        await DisconnectAsync();
        BeginAgain();
        return false;
    }

    private bool IsEmpty(int part) =>
        part == 0 ? _parts[0].UpTo is null : _parts[part].UpTo is { } key && _parts[part - 1].UpTo is { } before
            && key.Zip(before, (a, b) => a.AsSpan().SequenceEqual(b)).All(isSame => isSame);

    /// <returns>Whether there is anything in the buffer.</returns>
    private async ValueTask<bool> ReadStreamAsync(SourceBuffer<TOut> buffer, CancellationToken cancellation)
    {
        if (_stream is null)
        {
            (TableInfo table, ChangeStream? opened, ulong from) = await _server.OpenStreamAsync(_lsn, _shape, cancellation);
            if (opened is null)
            {
                BeginAgain();
                return true;
            }

            Adopt(table);
            (_table, _lsn, _layout) = (table, from, null);
            Volatile.Write(ref _stream, opened);
        }

        ChangeStream stream = _stream;

        // A stream that brings much, of this table or of others, is asked as well, beside it.
        if (_settings.Clock.GetElapsedTime(_lookedAt) >= s_lookInterval)
        {
            _lookedAt = _settings.Clock.GetTimestamp();
            _heartbeat.Begin();
        }

        if (!_isOpen && _heartbeat.Passed(_lsn) is { } told && told.Table != _look && !await LookCloserAsync(cancellation))
            return true;
        while (true)
        {
            // A message is told whole, or not yet.
            while (buffer.Count + buffer.Rejected.Count + RowEmitter<TOut>.MaxRows <= buffer.Capacity && !_isPastEnd && stream.TryRead())
                Take(stream, buffer);
            if (HasAny(buffer) || (!_isOpen && !_mayEndEpoch))
            {
                _retries.Heal();
                EndRead(buffer);
                return true;
            }

            if (_isPastEnd)
                return false;
            if (await _idle.WaitAsync(stream.Arrival, cancellation))
                continue;

            // Nothing has come for a while. What the server has looked through without finding anything needs not be kept: the position
            // moves on.
            _retries.Heal();
            if (_isOpen)
                continue;
            ServerMoment? moment = await _heartbeat.PassedAsync(stream, cancellation);
            _lookedAt = _settings.Clock.GetTimestamp();
            if (moment is not null && moment.Table != _look && !stream.Arrival.IsCompleted)
            {
                if (!await LookCloserAsync(cancellation))
                    return true;
                moment = null;                                      // the next one tells how far it is complete
            }

            long complete = _settings.Options.AdvanceWhenSilent && moment is { Table: not null, Time: { } time }
                ? time - WatermarkDelay
                : EventTime.MinValue;
            ulong received = stream.ReceivedLsn;
            if ((received <= _lsn && complete <= _declared) || stream.Arrival.IsCompleted)
                continue;
            (_lsn, _declared) = (Math.Max(_lsn, received), Math.Max(_declared, complete));
            ForgetParts();
            EndRead(buffer);
            return true;
        }
    }

    /// <summary>Hands over the rows so far, or, with a declaration that says nothing new, only the place.</summary>
    private void EndRead(SourceBuffer<TOut> buffer)
    {
        _mayEndEpoch = !_isOpen || _events > _settings.Options.MaxTransactionRows;
        if (!HasAny(buffer))
            buffer.DeclareWatermark(_declared);
    }

    private void Bind(TableInfo table, RowLayout layout)
    {
        (_table, _layout, _order) = (table, layout, new KeyOrder(layout, table));
        _emitter.Bind(layout, table);
    }

    private async ValueTask DisconnectAsync()
    {
        // In a transaction that is not complete: told are the events so far, and the same ones come again.
        if (_isOpen)
            (_isOpen, _toldEvents, _toldCommit) = (false, Math.Max(_events, _commit == _toldCommit ? _toldEvents : 0), _commit);
        if (_snapshot is { } snapshot)
        {
            _snapshot = null;
            await Quietly(snapshot);
        }

        Heartbeat heartbeat = _heartbeat;
        _heartbeat = new Heartbeat(_settings);
        await Quietly(heartbeat);
        if (_stream is { } stream)
        {
            Volatile.Write(ref _stream, null);
            await Quietly(stream);
        }
    }

    /// <remarks>
    /// On a silent line the driver first asks the server by another connection to stop, and waits for that as long as connecting may take.
    /// Nobody needs to wait with it: it closes what it has in the end.
    /// </remarks>
    private async ValueTask Quietly(IAsyncDisposable connection)
    {
        try
        {
            await connection.DisposeAsync().AsTask().WaitAsync(s_closingLimit, _settings.Clock);
        }
        catch (Exception)
        {
            // it may be broken in any way; a new one is made
        }
    }
}
