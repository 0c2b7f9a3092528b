using System.Linq.Expressions;
using System.Reflection;

namespace ActorStreams.Connectors.PostgreSql.Capture.Runtime;

/// <summary>Makes a row, or a key, of the columns; compiled anew when the columns change.</summary>
internal abstract class RowMaker<T>
{
    /// <summary>Finds the columns.</summary>
    /// <param name="layout">The columns there are.</param>
    /// <param name="table">The table; its key columns are what a key may be read from.</param>
    /// <returns>The function.</returns>
    /// <exception cref="SourceException">A member has no column, or a type that no column can be read as.</exception>
    public abstract Func<CapturedRow, T> Bind(RowLayout layout, TableInfo table);
}

internal sealed class RowFunction<T>(Func<CapturedRow, T> function) : RowMaker<T>
{
    public override Func<CapturedRow, T> Bind(RowLayout layout, TableInfo table) => function;
}

/// <summary>A key by the names of the key columns, or the only one of them.</summary>
internal sealed class BoundKey<TKey> : RowMaker<TKey>
{
    public override Func<CapturedRow, TKey> Bind(RowLayout layout, TableInfo table)
    {
        if (!ColumnText.Supports(typeof(TKey)))
            return Members.Bind<TKey>(layout, table, "key", column => table.KeyColumns.Contains(column, StringComparer.Ordinal));
        if (table.KeyColumns.Count != 1)
        {
            throw new SourceException(
                $"{table.Where}: the key of {table.Name} is ({string.Join(", ", table.KeyColumns)}), and {typeof(TKey).Name} takes one column. " +
                "Take a type whose constructor parameters are named as these columns, or give a function that makes the key.");
        }

        int ordinal = layout.Find(table.KeyColumns[0]);
        return row => row.Value<TKey>(ordinal, allowsNull: false);
    }
}

/// <summary>A row by the names of its members.</summary>
internal sealed class BoundRow<T> : RowMaker<T>
{
    public override Func<CapturedRow, T> Bind(RowLayout layout, TableInfo table)
    {
        if (!ColumnText.Supports(typeof(T)))
            return Members.Bind<T>(layout, table, "row", static _ => true);
        return layout.Names.Count == 1
            ? row => row.Value<T>(0, default(T) is null)
            : throw new SourceException(
                $"{table.Where}: {table.Name} has {layout.Names.Count} columns, and {typeof(T).Name} takes one. Take a type with a member for each, or give a function that makes the row.");
    }
}

/// <summary>Compiles the call of a constructor, or the setting of properties, with the columns of the same names.</summary>
internal static class Members
{
    private static readonly MethodInfo s_value = typeof(CapturedRow).GetMethod(nameof(CapturedRow.Value),
        BindingFlags.Instance | BindingFlags.NonPublic)!;

    public static Func<CapturedRow, T> Bind<T>(RowLayout layout, TableInfo table, string what, Func<string, bool> mayRead)
    {
        ConstructorInfo? constructor = typeof(T).GetConstructors().OrderByDescending(one => one.GetParameters().Length).FirstOrDefault();
        ParameterExpression row = Expression.Parameter(typeof(CapturedRow), "row");
        var nullability = new NullabilityInfoContext();
        Expression made;
        if (constructor?.GetParameters() is { Length: > 0 } parameters)
        {
            made = Expression.New(constructor, parameters.Select(parameter =>
                Read(parameter.Name!, parameter.ParameterType, nullability.Create(parameter).WriteState, parameter.HasDefaultValue
                    ? parameter.DefaultValue : DBNull.Value)));
        }
        else
        {
            PropertyInfo[] properties = [.. typeof(T).GetProperties()
                .Where(property => property.SetMethod?.IsPublic == true && property.GetIndexParameters().Length == 0)];
            if (properties.Length == 0)
                throw new SourceException(
                    $"{table.Where}: a {what} of type {typeof(T)} cannot be made of columns: it needs a public constructor with parameters, or settable properties. Or give a function that makes it.");
            made = Expression.MemberInit(Expression.New(typeof(T)), properties.Select(property =>
                Expression.Bind(property,
                    Read(property.Name, property.PropertyType, nullability.Create(property).WriteState, DBNull.Value))));
        }

        return Expression.Lambda<Func<CapturedRow, T>>(made, row).Compile();

        Expression Read(string member, Type type, NullabilityState state, object? given)
        {
            int column = layout.FindMember(member);
            if (column >= 0 && !mayRead(layout.Names[column]))
                throw new SourceException(
                    $"{table.Where}: {typeof(T).Name}.{member} is read from column '{layout.Names[column]}' of {table.Name}, which is not of its key ({string.Join(", ", table.KeyColumns)}): a deleted row has only those.");
            if (column < 0 && given is DBNull)
                throw new SourceException(
                    $"{table.Where}: {table.Name} has no column for {typeof(T).Name}.{member}, or it is not published; it has {string.Join(", ", layout.Names)}. Rename the member, give it a default, or give a function that makes the {what}.");
            if (!ColumnText.Supports(type))
                throw new SourceException(
                    $"{table.Where}: {typeof(T).Name}.{member} has type {type}, which a column cannot be read as. Give a function that makes the {what}.");
            bool allowsNull = Nullable.GetUnderlyingType(type) is not null || (!type.IsValueType && state != NullabilityState.NotNull);
            return column < 0
                ? Expression.Convert(Expression.Constant(given, given is null ? typeof(object) : given.GetType()), type)
                : Expression.Call(row, s_value.MakeGenericMethod(type), Expression.Constant(column), Expression.Constant(allowsNull));
        }
    }
}
