using System.Linq.Expressions;
using System.Reflection;
using ActorStreams.Operators.Stateless;
using ActorStreams.Sql.Expressions.Compilation;
using ActorStreams.Sql.Rows;

namespace ActorStreams.Sql.Connecting;

/// <summary>Results with a key, for sinks that replace and delete rows by it.</summary>
internal static class UpsertRows
{
    /// <summary>The key of a sink: as its option says, or that of the result.</summary>
    public static int[] KeyOf(ConnectorWriting write, ConnectorSettings settings)
    {
        if (settings.TextOr("key", null) is { } said)
        {
            return [.. said.Split(',', StringSplitOptions.TrimEntries).Select(name =>
                write.Query.Columns.ToList().FindIndex(column => column.Name == name) is var at and >= 0 ? at
                    : throw settings.Wrong("key", $"the query gives no column \"{name}\"",
                        Errors.NearestName.Hint(name, write.Query.Columns.Select(static one => one.Name))))];
        }

        return write.Traits.Key is { Count: > 0 } key ? [.. key]
            : throw settings.Wrong("key", "the result has no key that its rows could be replaced by",
                "Name the columns of one: key = 'a, b'.");
    }

    /// <summary>The rows by key: a <see cref="Stream{T}"/> of <see cref="Upsert{TKey, T}"/>.</summary>
    /// <returns>The stream, the type of its keys, and that of its rows.</returns>
    public static (object Stream, RowLayout Key, RowLayout Row) Of(ConnectorWriting write, int[] key)
    {
        RowLayout row = write.Types.Of([.. write.Query.Columns.Select(static one => new RowColumn(one.Name, one.Type, one.IsNullable))]);
        RowLayout keys = write.Types.Of([.. key.Select(at => row.Columns[at])]);
        object changes = write.Planner.PlanAs(write.Query, write.Emit, RowCarrier.Changes(row));
        Delegate keyOf = RowCompiler.Row(row, keys, [.. key.Select(at => row.Column(at))], new RowContext { Statement = write.Name });
        return (WireSource.Call(typeof(UpsertRows), nameof(Keyed), [keys.Row, row.Row], changes, $"{write.Name}-by-key", keyOf), keys, row);
    }

    public static Stream<Upsert<TKey, TRow>> Keyed<TKey, TRow>(Stream<Change<TRow>> changes, string name, RowFunction<TRow, TKey> keyOf) =>
        changes.ToUpsert(name, row => keyOf(row));

    /// <summary>Calls <c>columns.Key(name, value)</c> and <c>columns.Column(name, value)</c> for all columns of the two types.</summary>
    /// <param name="columns">Of the sink.</param>
    /// <param name="key">Its key.</param>
    /// <param name="row">Its rows.</param>
    /// <param name="takes">The types of .NET that the sink has a column for; values of others are given as texts.</param>
    public static void AddColumns(object columns, RowLayout key, RowLayout row, Func<Type, bool> takes)
    {
        foreach ((RowColumn column, FieldInfo field) in key.Columns.Zip(key.Fields))
            Add(columns, "Key", column, field, mayBeNull: false, takes);
        HashSet<string> keys = [.. key.Columns.Select(static one => one.Name)];
        foreach ((RowColumn column, FieldInfo field) in row.Columns.Zip(row.Fields))
        {
            if (!keys.Contains(column.Name))
                Add(columns, "Column", column, field, mayBeNull: column.IsNullable, takes);
        }
    }

    private static void Add(object columns, string method, RowColumn column, FieldInfo field, bool mayBeNull, Func<Type, bool> takes)
    {
        Type usual = ClrTypes.Usual(column.Type);
        MethodInfo? convert = null;
        bool isText = !takes(usual) || !ClrTypes.Out(column.Type, usual, out convert);
        if (isText)
            (usual, convert) = (typeof(string), typeof(UpsertRows).GetMethod(nameof(TextOf))!.MakeGenericMethod(column.Type.Clr));
        Type given = mayBeNull && usual.IsValueType ? typeof(Nullable<>).MakeGenericType(usual) : usual;
        ParameterExpression row = Expression.Parameter(field.DeclaringType!, "row");
        Expression value = Expression.Field(row, field);
        bool isWrapped = Nullable.GetUnderlyingType(field.FieldType) is not null;
        Expression bare = isWrapped ? Expression.Call(value, "GetValueOrDefault", Type.EmptyTypes) : value;
        Expression made = Expression.Convert(convert is null ? bare : Expression.Call(convert, bare), given);
        if (mayBeNull)
        {
            Expression isNull = isWrapped ? Expression.Not(Expression.Property(value, "HasValue"))
                : Expression.Equal(value, Expression.Constant(null));
            made = Expression.Condition(isNull, Expression.Default(given), made);
        }

        Delegate get = Expression.Lambda(typeof(Func<,>).MakeGenericType(field.DeclaringType!, given), made, row).Compile();
        MethodInfo add = columns.GetType().GetMethods().First(one => one.Name == method).MakeGenericMethod(given);
        add.Invoke(columns, [column.Name, get]);
    }

    public static string TextOf<T>(T value) => Values.ValueText.Of(value!);
}
