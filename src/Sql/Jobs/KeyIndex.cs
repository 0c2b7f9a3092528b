using ActorStreams.Sql.Binding.Catalogues;
using ActorStreams.Sql.Errors;

namespace ActorStreams.Sql.Jobs;

/// <summary>The keys of a table's rows: no two have the same.</summary>
internal sealed class KeyIndex(CatalogTable table)
{
    private readonly Dictionary<RowValues, int> _keys = [];

    /// <summary>Whether the rows that were there before are in it.</summary>
    public bool IsFilled { get; set; }

    /// <summary>Takes all changes in, or none.</summary>
    /// <exception cref="SqlException">Two rows would have one key (23505).</exception>
    public void Apply(IReadOnlyList<(object?[] Row, int Weight)> changes)
    {
        var net = new Dictionary<RowValues, int>();
        foreach ((object?[] row, int weight) in changes)
        {
            RowValues key = KeyOf(row);
            net[key] = net.GetValueOrDefault(key) + weight;
        }

        foreach ((RowValues key, int weight) in net)
        {
            if (_keys.GetValueOrDefault(key) + weight > 1 && weight > 0)
            {
                string names = string.Join(", ", table.Key.Select(at => table.Columns[at].Name));
                throw new SqlException(SqlErrorCategory.Constraint, SqlState.UniqueViolation,
                    $"\"{table.Name}\" has a row with the key ({names}) = ({key}) already.");
            }
        }

        foreach ((RowValues key, int weight) in net)
        {
            int count = _keys.GetValueOrDefault(key) + weight;
            if (count == 0)
                _keys.Remove(key);
            else
                _keys[key] = count;
        }
    }

    private RowValues KeyOf(object?[] row) => new([.. table.Key.Select(at => row[at])]);
}
