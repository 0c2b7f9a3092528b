namespace ActorStreams.Core.Time.Runtime;

/// <summary>What a generator says after every row; compiled for each generator by itself, with its code inside the loop.</summary>
internal class GeneratedWatermark<T, TGenerator>(TGenerator start) : PartitionWatermark<T>
    where TGenerator : struct, IWatermarkGenerator<T>
{
    protected TGenerator Generator { get; set; } = start;

    public override int Advance(ReadOnlySpan<T> rows, ReadOnlySpan<long> times, long stopAt, out Exception? error)
    {
        TGenerator generator = Generator;
        long value = Value, highest = MaxTime, late = 0;
        int row = 0;
        error = null;
        try
        {
            while (row < times.Length)
            {
                long time = times[row];
                long next = generator.OnRow(rows[row], time);
                row++;
                late += time < value ? 1 : 0;
                highest = Math.Max(highest, time);
                if (next <= value)
                    continue;
                value = next;
                if (value >= stopAt)
                    break;
            }
        }
        catch (Exception thrown)
        {
            error = thrown;
        }

        (Generator, Value, MaxTime) = (generator, value, highest);
        Late += late;
        return row;
    }
}

/// <summary>The generator's fields are stored, with their schema, so that a later version of it can read them.</summary>
internal sealed class StoredGeneratorWatermark<T, TGenerator>(TGenerator start) : GeneratedWatermark<T, TGenerator>(start)
    where TGenerator : struct, IWatermarkGenerator<T>
{
    private const byte Kind = (byte)'G';

    private readonly Codec<TGenerator> _codec = RecordCodec.Of<TGenerator>();
    private readonly BlobWriter _writer = new();

    public override byte[] Save()
    {
        _writer.Clear();
        _writer.WriteByte(Kind);
        _writer.WriteString(_codec.Schema.Text);
        _codec.Write(_writer, Generator);
        return _writer.ToArray();
    }

    public override void Restore(long value, long maxTime, long late, byte[]? state)
    {
        base.Restore(value, maxTime, late, state);
        if (state is not [Kind, ..])
            return;   // another strategy's: this one begins anew, at the stored watermark
        var reader = new BlobReader(state.AsSpan(1));
        Generator = _codec.ReaderOf(new Schema(reader.ReadString())).Read(ref reader);
    }
}

internal readonly struct InstantOf<T>(Func<T, DateTimeOffset?> watermarkOf) : IWatermarkGenerator<T>
{
    private readonly Func<T, DateTimeOffset?> _watermarkOf = watermarkOf;

    public long OnRow(in T row, long time) => _watermarkOf(row)?.ToMicros() ?? EventTime.MinValue;
}

internal readonly struct MicrosOf<T>(Func<T, long?> watermarkOf) : IWatermarkGenerator<T>
{
    private readonly Func<T, long?> _watermarkOf = watermarkOf;

    public long OnRow(in T row, long time) => _watermarkOf(row) ?? EventTime.MinValue;
}
