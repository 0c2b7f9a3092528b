using System.Runtime.InteropServices;

namespace ActorStreams.Core.State;

/// <summary>A value, and when it was written or renewed last.</summary>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct Timed<T>(long At, T Value);

/// <summary>Writes values with their times. Reads also what was written without, or in the other kind of time: those times are
/// unknown.</summary>
internal sealed class TimedCodec<T>(Codec<T> values, bool inProcessingTime) : Codec<Timed<T>>, IKeepsTimes
{
    private readonly string _prefix = StoredTimes.PrefixOf(inProcessingTime);

    public override Schema Schema => new(_prefix + values.Schema.Text);

    public override void Write(BlobWriter writer, in Timed<T> value)
    {
        writer.WriteInt64(value.At);
        values.Write(writer, value.Value);
    }

    public override Timed<T> Read(ref BlobReader reader) => new(reader.ReadInt64(), values.Read(ref reader));

    public override Codec<Timed<T>> ReaderOf(Schema written)
    {
        if (written == Schema)
            return this;
        (bool hasTimes, bool ofClock, Schema plain) = StoredTimes.Split(written);
        return new Reader(values.ReaderOf(plain), hasTimes, keepsTimes: hasTimes && ofClock == inProcessingTime);
    }

    private sealed class Reader(Codec<T> values, bool hasTimes, bool keepsTimes) : Codec<Timed<T>>
    {
        public override Schema Schema => values.Schema;

        public override void Write(BlobWriter writer, in Timed<T> value) =>
            throw new NotSupportedException("It reads what an older version wrote.");

        public override Timed<T> Read(ref BlobReader reader)
        {
            long at = hasTimes ? reader.ReadInt64() : Lives.Unknown;
            return new Timed<T>(keepsTimes ? at : Lives.Unknown, values.Read(ref reader));
        }

        public override Codec<Timed<T>> ReaderOf(Schema written) => throw new NotSupportedException("It reads one schema.");
    }
}

/// <summary>Schemas of values that are stored with times.</summary>
internal static class StoredTimes
{
    private const string ByEventTime = "written at event time\n", ByClock = "written at processing time\n";

    public static string PrefixOf(bool inProcessingTime) => inProcessingTime ? ByClock : ByEventTime;

    public static (bool HasTimes, bool OfClock, Schema Plain) Split(Schema written) =>
        written.Text.StartsWith(ByEventTime, StringComparison.Ordinal) ? (true, false, new Schema(written.Text[ByEventTime.Length..]))
        : written.Text.StartsWith(ByClock, StringComparison.Ordinal) ? (true, true, new Schema(written.Text[ByClock.Length..]))
        : (false, false, written);

    /// <summary>What reads values, also where they were stored with times: their state has no time to live any more.</summary>
    public static Codec<T> ReaderOf<T>(Codec<T> present, Schema written) =>
        present is not IKeepsTimes && Split(written) is (true, _, var plain) ? new WithoutTimes<T>(present.ReaderOf(plain))
            : present.ReaderOf(written);

    private sealed class WithoutTimes<T>(Codec<T> values) : Codec<T>
    {
        public override Schema Schema => values.Schema;

        public override void Write(BlobWriter writer, in T value) =>
            throw new NotSupportedException("It reads what an older version wrote.");

        public override T Read(ref BlobReader reader)
        {
            reader.ReadInt64();
            return values.Read(ref reader);
        }

        public override Codec<T> ReaderOf(Schema written) => throw new NotSupportedException("It reads one schema.");
    }
}

/// <summary>A codec that reads times itself.</summary>
internal interface IKeepsTimes;
