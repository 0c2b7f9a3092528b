using ActorStreams.Operators.Triggers.Runtime;

namespace ActorStreams.Operators.Windows.General;

/// <summary>The open windows of every key, journaled by key.</summary>
/// <param name="keepsResults">Whether panes that were put out are kept, to be taken back.</param>
/// <param name="program">The trigger.</param>
internal sealed class WindowCells<TKey, TAcc, TOut>(bool keepsResults, TriggerProgram program)
    : KeyedMapState<TKey, KeyWindows<TAcc, TOut>>("windows")
{
    private static readonly Schema s_format = new("windows of a key, 1");

    private readonly Codec<TKey> _keys = RecordCodec.Of<TKey>();
    private readonly Codec<TAcc> _accumulators = RecordCodec.Of<TAcc>();
    private readonly Codec<TOut>? _results = keepsResults ? RecordCodec.Of<TOut>() : null;

    public new StateMap<TKey, KeyWindows<TAcc, TOut>> Map => base.Map;

    public override Schema Schema => _results is null
        ? PairSchema.Of(_keys.Schema, _accumulators.Schema, s_format)
        : PairSchema.Of(_keys.Schema, _accumulators.Schema, s_format, _results.Schema);

    protected override void WriteKey(BlobWriter writer, TKey key) => _keys.Write(writer, key);

    protected override void WriteChange(BlobWriter writer, in KeyWindows<TAcc, TOut> cell) => WriteWhole(writer, cell);

    protected override void WriteWhole(BlobWriter writer, in KeyWindows<TAcc, TOut> cell)
    {
        KeyWindows<TAcc, TOut> windows = cell;
        writer.WriteVarint((uint)windows.Count);
        for (int i = 0; i < windows.Count; i++)
            Write(writer, windows.At(i));
    }

    protected override object ReadersOf(Schema written)
    {
        Schema[] schemas = PairSchema.Split(written, _results is null ? 3 : 4);
        if (schemas[2].Text != s_format.Text)
            throw new CodecException(
                $"The stored windows have the format '{schemas[2].Text}', this version knows '{s_format.Text}'. Give the operator a new name to start it empty.");
        return new Readers(StoredKeys.ReaderOf(_keys, schemas[0]), _accumulators.ReaderOf(schemas[1]), _results?.ReaderOf(schemas[3]));
    }

    protected override TKey ReadKey(object codecs, ref BlobReader reader) => ((Readers)codecs).Keys.Read(ref reader);

    protected override void ApplyChange(ref KeyWindows<TAcc, TOut> cell, object codecs, ref BlobReader reader)
    {
        cell = default;
        for (uint left = reader.ReadVarint(); left > 0; left--)
            Read(ref cell, (Readers)codecs, ref reader);
    }

    private void Write(BlobWriter writer, in WindowCell<TAcc, TOut> cell)
    {
        writer.WriteInt64(cell.Start);
        writer.WriteInt64(cell.End);
        writer.WriteByte((byte)cell.Flags);
        if (cell.IsClosed)
            return;
        _accumulators.Write(writer, cell.Accumulator);
        writer.WriteInt32(cell.Left);
        writer.WriteInt32(cell.Granted);
        writer.WriteVarint((uint)cell.Panes);
        writer.WriteVarint((uint)cell.OnTimePanes);
        writer.WriteInt64(cell.Fresh);
        writer.WriteInt64(cell.Stamp);
        writer.WriteInt64((long)cell.Trigger.Finished);
        writer.WriteInt64(cell.Trigger.A);
        writer.WriteInt64(cell.Trigger.B);
        for (int i = 0; i < program.ExtraSlots; i++)
            writer.WriteInt64(cell.Trigger.More![i]);
        if (_results is null)
            return;
        writer.WriteVarint((uint)(cell.Emitted?.Length ?? 0));
        foreach (EmittedPane<TOut> pane in cell.Emitted ?? [])
        {
            writer.WriteInt64(pane.Window.Start);
            writer.WriteInt64(pane.Window.End);
            writer.WriteByte((byte)((int)pane.Pane.Timing | (pane.Pane.IsLast ? 4 : 0)));
            writer.WriteInt32(pane.Pane.Index);
            writer.WriteInt32(pane.Pane.OnTimeIndex);
            _results.Write(writer, pane.Result);
        }
    }

    private void Read(ref KeyWindows<TAcc, TOut> windows, Readers codecs, ref BlobReader reader)
    {
        var window = new Window(reader.ReadInt64(), reader.ReadInt64());
        int index = windows.From(window);
        windows.Insert(index, window);
        ref WindowCell<TAcc, TOut> cell = ref windows.At(index);
        cell.Flags = (CellFlags)reader.ReadByte();
        if (cell.IsClosed)
            return;
        cell.Accumulator = codecs.Accumulators.Read(ref reader);
        (cell.Left, cell.Granted) = (reader.ReadInt32(), reader.ReadInt32());
        (cell.Panes, cell.OnTimePanes) = ((int)reader.ReadVarint(), (int)reader.ReadVarint());
        (cell.Fresh, cell.Stamp) = (reader.ReadInt64(), reader.ReadInt64());
        cell.Trigger = program.Begin();
        cell.Trigger.Finished = (ulong)reader.ReadInt64();
        (cell.Trigger.A, cell.Trigger.B) = (reader.ReadInt64(), reader.ReadInt64());
        for (int i = 0; i < program.ExtraSlots; i++)
            cell.Trigger.More![i] = reader.ReadInt64();
        if (codecs.Results is not null && reader.ReadVarint() is > 0 and uint count)
        {
            cell.Emitted = new EmittedPane<TOut>[count];
            for (int i = 0; i < cell.Emitted.Length; i++)
                cell.Emitted[i] = ReadPane(codecs.Results, ref reader);
        }
    }

    private static EmittedPane<TOut> ReadPane(Codec<TOut> results, ref BlobReader reader)
    {
        var window = new Window(reader.ReadInt64(), reader.ReadInt64());
        byte timing = reader.ReadByte();
        var pane = new PaneInfo((PaneTiming)(timing & 3), reader.ReadInt32(), reader.ReadInt32(), (timing & 4) != 0);
        return new EmittedPane<TOut>(window, pane, results.Read(ref reader));
    }

    private sealed record Readers(Codec<TKey> Keys, Codec<TAcc> Accumulators, Codec<TOut>? Results);
}
