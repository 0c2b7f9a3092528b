namespace ActorStreams.TestKit;

/// <summary>One thing that a test source does, in the order in which the test played it; its index in the partition is its
/// offset.</summary>
internal abstract class PlayedStep<T>
{
    /// <summary>Whether to read it is to fail.</summary>
    public virtual bool IsFailure => false;

    /// <summary>Whether it is the end of the initial snapshot.</summary>
    public virtual bool EndsSnapshot => false;

    /// <summary>Does it.</summary>
    /// <returns>Whether the read has brought anything.</returns>
    public abstract bool ReadInto(SourceBuffer<T> buffer, long offset);

    public sealed class OfRow(T row, long time) : PlayedStep<T>
    {
        public override bool ReadInto(SourceBuffer<T> buffer, long offset)
        {
            buffer.Add(row, offset, time);
            return true;
        }
    }

    public sealed class OfSnapshotEnd : PlayedStep<T>
    {
        public override bool EndsSnapshot => true;

        public override bool ReadInto(SourceBuffer<T> buffer, long offset)
        {
            buffer.DeclareWatermark(EventTime.MinValue);            // says nothing, but is a read
            return true;
        }
    }

    public sealed class OfWatermark(long watermark) : PlayedStep<T>
    {
        public override bool ReadInto(SourceBuffer<T> buffer, long offset)
        {
            buffer.DeclareWatermark(watermark);
            return true;
        }
    }

    public sealed class OfRejected(string payload, Exception error) : PlayedStep<T>
    {
        public override bool ReadInto(SourceBuffer<T> buffer, long offset)
        {
            buffer.Reject(payload, error, offset);
            return true;
        }
    }

    /// <summary>Fails once: whoever reads again has a new connection.</summary>
    public sealed class OfFailure(Exception error) : PlayedStep<T>
    {
        private bool _isOver;

        public override bool IsFailure => !_isOver;

        public override bool ReadInto(SourceBuffer<T> buffer, long offset)
        {
            if (_isOver)
                return false;
            _isOver = true;
            throw error;
        }
    }
}
