namespace ActorStreams.Core.Pipelines;

/// <summary>The default dead-letter sink: the table <c>dead_letters</c> of the job's store, written in the epoch's transaction, and kept as
/// small as the options say.</summary>
/// <param name="options">How much is kept.</param>
/// <param name="told">The pipeline's own, which knows what nobody keeps.</param>
internal sealed class DeadLetterTable(DeadLetterOptions? options = null, DeadLetterTable? told = null) : Sink<DeadLetter>
{
    internal static readonly TableSpec Spec = new("dead_letters",
        [
            new("pipeline", ColumnType.Text), new("operator", ColumnType.Text), new("error", ColumnType.Text),
                new("payload", ColumnType.Text),
            new("partition", ColumnType.Text), new("position", ColumnType.Int64), new("event_time", ColumnType.Timestamp),
                new("written_at", ColumnType.Timestamp),
        ],
        TableMode.Insert)
    { ColumnsAdded = 1 };

    public override string Description => $"table {Spec.Name}";

    public override SinkGuarantee Guarantee => SinkGuarantee.Transactional;

    /// <summary>Letters of jobs without a store, which nobody can read; from any thread.</summary>
    public long ForNobody => Volatile.Read(ref _forNobody);

    /// <summary>The last of them, in short.</summary>
    public string LastForNobody { get; private set; } = "";

    private long _forNobody;

    public override ValueTask<SinkWriter<DeadLetter>> OpenAsync(SinkContext context, CancellationToken cancellation) =>
        new(new Writer(options ?? new DeadLetterOptions(), context, told ?? this));

    private sealed class Writer(DeadLetterOptions options, SinkContext context, DeadLetterTable table) : SinkWriter<DeadLetter>
    {
        private static readonly TimeSpan s_betweenTrims = TimeSpan.FromMinutes(1);
        private List<DeadLetter> _letters = [];
        private long _sinceTrim;
        private long? _trimmedAt;

        public override void Write(in Chunk<DeadLetter> chunk)
        {
            if (context.Store is null)
            {
                DeadLetter last = chunk.Rows[^1];
                table.LastForNobody = $"operator '{last.Operator}': {last.Error}";
                Volatile.Write(ref table._forNobody, table._forNobody + chunk.Count);
                return;
            }

            _letters.AddRange(chunk.Rows);
            // The oldest of more than are kept would be dropped at once: they need not wait in memory.
            if (options.RetainRows is { } most && most < int.MaxValue / 2 && _letters.Count > Math.Max(2 * most, 1024))
                _letters.RemoveRange(0, _letters.Count - (int)most);
        }

        public override ValueTask<PreparedOutput> PrepareAsync(long epoch, CancellationToken cancellation)
        {
            TableTrim? trim = TrimIfDue(_letters.Count);
            if (_letters.Count == 0 && trim is null)
                return new ValueTask<PreparedOutput>(PreparedOutput.None);
            var output = new PreparedOutput([new Letters(_letters, context.Clock.GetUtcNow().ToMicros(), trim)]);
            _letters = [];
            return new ValueTask<PreparedOutput>(output);
        }

        /// <summary>At the first epoch, then each minute, or when a tenth of what is kept has come.</summary>
        private TableTrim? TrimIfDue(long letters)
        {
            _sinceTrim += letters;
            bool isFull = options.RetainRows is { } most && _sinceTrim > most / 10;
            if (options is { RetainFor: null, RetainRows: null }
                || !(isFull || _trimmedAt is not { } last || context.Clock.GetElapsedTime(last) >= s_betweenTrims))
                return null;
            (_sinceTrim, _trimmedAt) = (0, context.Clock.GetTimestamp());
            return new TableTrim("pipeline", context.Pipeline, "written_at", options.RetainFor is { } age ? context.Clock.GetUtcNow()
                .ToMicros() - age.ToMicros() : null, options.RetainRows);
        }
    }

    private sealed class Letters(List<DeadLetter> letters, long writtenAt, TableTrim? trim) : TableWrite(Spec)
    {
        public override int Count => letters.Count;

        public override TableTrim? Trim => trim;

        public override void Bind(int index, StoreRow row)
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
            row.SetTimestamp(7, writtenAt);
        }
    }
}
