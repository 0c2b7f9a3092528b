namespace ActorStreams.Core.Journal;

/// <summary>Writes the journal event or snapshot of one shard: sections, one per state, in blobs of at most about 1 MB.</summary>
/// <remarks>Blob: format byte, then sections until the end. Section: state name, schema id (8 bytes), length (4 bytes), records until the
/// length is used up.</remarks>
internal sealed class ShardBlobWriter
{
    public const int MaxBytes = 1 << 20;
    public const byte Format = 1;

    private readonly BlobWriter _out = new(4096);
    private readonly JournalMemory _memory = new();
    private List<JournalEvent> _events = [];
    private string _operator = "";
    private string _state = "";
    private ulong _schemaId;
    private int _shard;
    private long _epoch;
    private bool _isSnapshot;
    private int _part;
    private int _lengthAt;
    private long _total;

    /// <summary>Where the records of the open section go.</summary>
    public BlobWriter Out => _out;

    /// <summary>The last epoch is committed: its blobs are not needed any more.</summary>
    public void BeginEpoch() => _memory.Reset();

    public void Begin(List<JournalEvent> events, string operatorName, int shard, long epoch, bool isSnapshot)
    {
        (_events, _operator, _shard, _epoch, _isSnapshot, _part, _total) = (events, operatorName, shard, epoch, isSnapshot, 0, 0);
        _out.Clear();
        _out.WriteByte(Format);
    }

    public void BeginSection(string state, ulong schemaId)
    {
        (_state, _schemaId) = (state, schemaId);
        _out.WriteString(state);
        _out.WriteInt64((long)schemaId);
        _lengthAt = _out.Length;
        _out.WriteInt32(0);
    }

    /// <summary>Called after each record: cuts the blob when it is large.</summary>
    /// <returns>Whether a new blob was begun, so that what holds for several records must be said again.</returns>
    public bool EndRecord()
    {
        if (_out.Length < MaxBytes - (MaxBytes >> 6))
            return false;
        EndSection();
        Cut();
        BeginSection(_state, _schemaId);
        return true;
    }

    public void EndSection() => _out.PatchInt32(_lengthAt, _out.Length - _lengthAt - 4);

    /// <summary>Ends the shard.</summary>
    /// <returns>The bytes of all parts; 0 if there was nothing to write (a snapshot is always written: it replaces what was
    /// before).</returns>
    public long End()
    {
        if (_out.Length > 1 || (_isSnapshot && _part == 0))
            Cut();
        return _total;
    }

    private void Cut()
    {
        var entry = new JournalEvent(_operator, _shard, _epoch, _isSnapshot, _part++, _memory.Copy(_out.Written));
        _events.Add(entry with { Checksum = JournalChecksum.Of(entry) });
        _total += _out.Length;
        _out.Clear();
        _out.WriteByte(Format);
    }
}

/// <summary>Splits a blob into its sections.</summary>
internal static class ShardBlob
{
    public delegate void Section(string state, string schemaId, ref BlobReader records);

    public static string IdOf(Schema schema) => KeyHash<string>.Stable(schema.Text)
        .ToString("x16", System.Globalization.CultureInfo.InvariantCulture);

    public static void Read(string pipeline, JournalEvent entry, Section section)
    {
        try
        {
            var blob = new BlobReader(entry.Payload.Span);
            byte format = blob.ReadByte();
            if (format != ShardBlobWriter.Format)
                throw new CodecException($"format {format} is not known to this version");
            while (blob.Remaining > 0)
            {
                string state = blob.ReadString();
                string id = ((ulong)blob.ReadInt64()).ToString("x16", System.Globalization.CultureInfo.InvariantCulture);
                var records = new BlobReader(blob.Take(blob.ReadInt32()));
                section(state, id, ref records);
            }
        }
        catch (CodecException error)
        {
            throw new StoreException(
                $"Pipeline '{pipeline}', operator '{entry.Operator}', shard {entry.Shard}, epoch {entry.Epoch}, part {entry.Part}: {error.Message}", inner: error);
        }
    }
}
