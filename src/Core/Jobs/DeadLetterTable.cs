using ActorStreams.Core.Epochs;
using ActorStreams.Core.Records;
using ActorStreams.Core.Sinks;
using ActorStreams.Core.Time;

namespace ActorStreams.Core.Jobs;

/// <summary>The default dead-letter sink: the table <c>dead_letters</c> of the job's store, written in the epoch's transaction.</summary>
internal sealed class DeadLetterTable : Sink<DeadLetter>
{
    internal static readonly TableSpec Spec = new("dead_letters",
        [
            new("pipeline", ColumnType.Text), new("operator", ColumnType.Text), new("error", ColumnType.Text), new("payload", ColumnType.Text),
            new("partition", ColumnType.Text), new("position", ColumnType.Int64), new("event_time", ColumnType.Timestamp),
        ],
        TableMode.Insert);

    public override string Description => $"table {Spec.Name}";

    public override SinkGuarantee Guarantee => SinkGuarantee.Transactional;

    public override ValueTask<SinkWriter<DeadLetter>> OpenAsync(SinkContext context, CancellationToken cancellation) => new(new Writer());

    private sealed class Writer : SinkWriter<DeadLetter>
    {
        private List<DeadLetter> _letters = [];

        public override void Write(in Chunk<DeadLetter> chunk) => _letters.AddRange(chunk.Rows);

        public override ValueTask<PreparedOutput> PrepareAsync(long epoch, CancellationToken cancellation)
        {
            if (_letters.Count == 0)
                return new ValueTask<PreparedOutput>(PreparedOutput.None);
            var output = new PreparedOutput([new Letters(_letters)]);
            _letters = [];
            return new ValueTask<PreparedOutput>(output);
        }
    }

    private sealed class Letters(List<DeadLetter> letters) : TableWrite(Spec)
    {
        public override int Count => letters.Count;

        public override void Bind(int index, TableRow row)
        {
            DeadLetter letter = letters[index];
            row.Set(0, letter.Pipeline);
            row.Set(1, letter.Operator);
            row.Set(2, letter.Error);
            row.Set(3, letter.Payload);
            row.Set(4, letter.Partition);
            row.Set(5, letter.Offset);
            if (letter.Time == EventTime.MinValue)
                row.SetNull(6);
            else
                row.SetTimestamp(6, letter.Time);
        }
    }
}
