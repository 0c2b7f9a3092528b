namespace ActorStreams.Connectors.PostgreSql.Capture.Runtime;

/// <content>What the messages of the stream say.</content>
internal sealed partial class CaptureReader<TOut>
{
    private void Take(ChangeStream stream, SourceBuffer<TOut> buffer)
    {
        var message = new ChangeMessage(stream.Bytes, stream.Length);
        switch (message.TakeByte())
        {
            case (byte)'B':
                ulong commit = message.TakeUInt64();
                _isPastEnd = commit >= _available?.Lsn;            // for the next run, which begins before it
                if (_isPastEnd)
                    break;
                (_isOpen, _commit, _events) = (true, commit, 0);
                _target.Time = message.TakeTime();
                break;
            case (byte)'C':
                message.TakeByte();
                message.TakeUInt64();
                EndTransaction(message.TakeUInt64(), buffer);
                break;
            case (byte)'R':
                TakeRelation(message);
                break;
            case (byte)'I' when IsNew(message.TakeInt32()):
                message.TakeByte();
                message.TakeTuple(_row, Layout);
                if (IsToTell(_row))
                    Tell("an insert", static (reader, _) => reader._emitter.Insert(reader._row, reader._target), false);
                break;
            case (byte)'U' when IsNew(message.TakeInt32()):
                TakeUpdate(message);
                break;
            case (byte)'D' when IsNew(message.TakeInt32()):
                RequireFull(message.TakeByte(), "deleted from");
                message.TakeTuple(_row, Layout);
                if (IsToTell(_row))
                    Tell("a delete", static (reader, _) => reader._emitter.Delete(reader._row, reader._target), false);
                break;
            case (byte)'T':
                TakeTruncate(message);
                break;
            default:
                break;   // other tables, types, origins
        }
    }

    private string Doing => _isSnapshot ? "to read the snapshot" : "to read the changes";

    private RowLayout Layout => _layout ?? throw new InvalidDataException("The server sent a row of a table that it has not described.");

    /// <summary>Counts an event of the table.</summary>
    /// <returns>Whether it was not told before the connection, or the job, was interrupted.</returns>
    private bool IsNew(int relation) => (uint)relation == _table!.Oid && (++_events > _toldEvents || _commit != _toldCommit);

    /// <summary>Whether the row was read before the transaction committed.</summary>
    private bool IsToTell(CapturedRow row)
    {
        foreach (SnapshotPart part in _parts)
        {
            if (part.UpTo is null || _order!.Compare(row, part.UpTo) <= 0)
                return _commit >= part.Lsn;
        }

        return true;
    }

    private void TakeUpdate(ChangeMessage message)
    {
        byte kind = message.TakeByte();
        bool hasBefore = kind is (byte)'K' or (byte)'O';
        if (hasBefore)
        {
            message.TakeTuple(_before, Layout);
            message.TakeByte();
        }

        message.TakeTuple(_row, Layout);
        RequireFull(kind, "updated");
        if (kind == 'O')
            _row.FillFrom(_before);
        bool takesAfter = IsToTell(_row), takesBefore = hasBefore ? IsToTell(_before) : takesAfter;
        if (takesBefore || takesAfter)
        {
            Tell("an update", static (reader, update) =>
                reader._emitter.Update(update.HasBefore ? reader._before : null, reader._row, reader._target, update.TakesBefore,
                    update.TakesAfter), (HasBefore: hasBefore, TakesBefore: takesBefore, TakesAfter: takesAfter));
        }
    }

    private void RequireFull(byte kind, string what)
    {
        if (kind != 'O' && _emitter.NeedsFullIdentity)
        {
            throw new SourceException(
                $"{_settings.Where}: {_settings.Table} was {what} at {CaptureConnection.Lsn(_commit)} without REPLICA IDENTITY FULL, so the server does not tell what the row was. " +
                $"Set it, and start with a new name for the source; or read the table with {nameof(PostgreSqlTable)}.{nameof(PostgreSqlTable.Upserts)}.");
        }
    }

    private void TakeTruncate(ChangeMessage message)
    {
        int relations = message.TakeInt32();
        message.TakeByte();
        bool isOurs = false;
        for (int i = 0; i < relations; i++)
            isOurs |= (uint)message.TakeInt32() == _table!.Oid;
        if (!isOurs || !IsNew((int)_table!.Oid) || (_parts.Count > 0 && _parts.All(part => _commit < part.Lsn)))
            return;
        if (_parts.Any(part => _commit < part.Lsn))
        {
            throw new SourceException(
                $"{_settings.Where}: {_settings.Table} was truncated while its snapshot was interrupted, so some of its rows were read before that and some after. " +
                "Start with a new name for the source: it begins with a new snapshot.");
        }

        _emitter.Truncate(CaptureConnection.Lsn(_commit), _target);
    }

    /// <summary>A row that cannot be made goes to the error policy.</summary>
    private void Tell<TWith>(string what, Action<CaptureReader<TOut>, TWith> tell, TWith with)
    {
        try
        {
            tell(this, with);
        }
        catch (Exception error) when (error is not SourceException)
        {
            _target.Reject(_row, $"Table {_settings.Table}, {what} committed at {CaptureConnection.Lsn(_commit)}", error);
        }
    }

    private void EndTransaction(ulong end, SourceBuffer<TOut> buffer)
    {
        (_isOpen, _lsn, _toldCommit, _toldEvents) = (false, end, 0, 0);
        ForgetParts();

        // Commits are in order, their times nearly so. A function of the place alone, so that reading again declares the same.
        long watermark = _target.Time - EventTime.FloorMod(_target.Time, WatermarkStep) - WatermarkDelay;
        if (watermark <= _declared)
            return;
        _declared = watermark;
        buffer.DeclareWatermark(watermark);
    }

    /// <summary>Whatever commits from here on is in no row of the snapshot.</summary>
    private void ForgetParts()
    {
        if (_parts.Count > 0 && _parts.All(part => part.Lsn <= _lsn))
            _parts.Clear();
    }

    private void TakeRelation(ChangeMessage message)
    {
        if ((uint)message.TakeInt32() != _table!.Oid)
            return;
        message.TakeText();
        message.TakeText();
        byte identity = message.TakeByte();
        if (identity == 'n' || (_emitter.NeedsFullIdentity && identity != 'f'))
        {
            throw new SourceException(
                $"{_settings.Where}: the replica identity of {_settings.Table} was changed to one that does not tell what this source needs. " +
                $"Run ALTER TABLE {_settings.QuotedTable} REPLICA IDENTITY {(_emitter.NeedsFullIdentity ? "FULL" : "DEFAULT")}, and start with a new name for the source.");
        }

        string[] names = new string[message.TakeInt16()];
        for (int i = 0; i < names.Length; i++)
        {
            message.TakeByte();
            names[i] = message.TakeText();
            message.TakeInt32();
            message.TakeInt32();
        }

        if (_table.KeyColumns.Except(names, StringComparer.Ordinal).FirstOrDefault() is { } missing)
            throw new SourceException(
                $"{_settings.Where}: key column '{missing}' of {_settings.Table} is not sent any more. Start with a new name for the source: it begins with a snapshot.");
        if (_layout is null || !_layout.Names.SequenceEqual(names))
            Bind(_table, new RowLayout(names));
    }
}
