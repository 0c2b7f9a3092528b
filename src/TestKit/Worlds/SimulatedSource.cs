using System.Globalization;

namespace ActorStreams.TestKit;

/// <summary>Partitions whose rows appear as the faults do, so that all of the input is there when the faults are over, and none of it much
/// earlier.</summary>
internal sealed class SimulatedSource<T>(SimulatedWorld world, string name, IReadOnlyList<IReadOnlyList<T>> partitions) : Source<T>
{
    private readonly long[] _forgotten = new long[partitions.Count];

    public override string Description => $"simulated source {name}";

    public override SourceGuarantee Guarantee => SourceGuarantee.Replayable;

    public override bool KnowsItsEnd => true;

    public override ValueTask<IReadOnlyList<string>> PartitionsAsync(SourceContext context, CancellationToken cancellation) =>
        new([.. Enumerable.Range(0, partitions.Count).Select(number => number.ToString(CultureInfo.InvariantCulture))]);

    public override async ValueTask<SourceReader<T>> OpenAsync(string partition, SourceOffset? from, SourceContext context,
        CancellationToken cancellation)
    {
        await Task.Yield();
        int number = int.Parse(partition, CultureInfo.InvariantCulture);
        long offset = from?.Value ?? 0;
        if (offset < _forgotten[number])
        {
            throw new SourceException(
                $"Source '{name}', partition {partition}: opened at {offset}, but it was told that everything before {_forgotten[number]} is committed. " +
                "Rows are lost.");
        }

        if (from is { State: var state } && (state is null || BitConverter.ToInt64(state) != offset))
            throw new SourceException($"Source '{name}', partition {partition}: the state at offset {offset} belongs to another offset.");
        return new Reader(this, number, (int)offset, context.AvailableNow);
    }

    private sealed class Reader : SourceReader<T>
    {
        private readonly SimulatedSource<T> _source;
        private readonly int _number;
        private readonly IReadOnlyList<T> _rows;
        private readonly FaultPlan _faults;
        private readonly int _end;
        private int _at;

        public Reader(SimulatedSource<T> source, int number, int at, bool availableNow)
        {
            (_source, _number, _rows, _faults, _at) = (source, number, source.Rows(number), source.World.Faults, at);
            _end = availableNow ? Math.Max(at, Available()) : int.MaxValue;
        }

        public override SourceOffset Offset => new(_at, BitConverter.GetBytes((long)_at));

        public override async ValueTask<bool> ReadAsync(SourceBuffer<T> buffer, CancellationToken cancellation)
        {
            while (_at >= Available())
            {
                if (_at >= _end || (_at == _rows.Count && _faults.IsCalm))
                    return false;
                await Task.Delay(TimeSpan.FromMilliseconds(_faults.Random.Between(1, 20)), _source.World.Clock, cancellation);
            }

            if (_at >= _end)
                return false;
            if (_faults.Target == 0)
            {
                while (_at < _rows.Count && !buffer.IsFull)
                    Add(buffer);
                return true;
            }

            int count = Math.Min(_faults.Random.Between(1, 24), Math.Min(_end, Available()) - _at);
            bool isSlow = _faults.Strikes(FaultKind.SlowSource, 30);
            for (int i = 0; i < count && !buffer.IsFull; i++)
            {
                Add(buffer);
                if (isSlow && i == count / 2)
                    await Task.Delay(_faults.Delay(), _source.World.Clock, cancellation);
            }

            return true;
        }

        public override ValueTask CommittedAsync(SourceOffset offset, CancellationToken cancellation)
        {
            _source._forgotten[_number] = Math.Max(_source._forgotten[_number], offset.Value);
            return ValueTask.CompletedTask;
        }

        private void Add(SourceBuffer<T> buffer)
        {
            buffer.Add(_rows[_at], _at);
            _at++;
        }

        private int Available() => _faults.IsCalm ? _rows.Count : Math.Min(_rows.Count, 1 + (_rows.Count * _faults.Fired / _faults.Target));
    }

    private SimulatedWorld World => world;

    private IReadOnlyList<T> Rows(int number) => partitions[number];
}
