using System.Linq.Expressions;
using System.Reflection;

namespace ActorStreams.Connectors.Files.Runtime;

/// <summary>Makes a row from the fields of a record and adds it to the buffer; false if a field did not hold what was wanted.</summary>
/// <remarks>The row goes into the buffer member by member: one that is returned is copied at once, which waits until all of it is
/// written.</remarks>
internal delegate bool CsvRowMapper<T>(CsvFields fields, SourceBuffer<T> buffer, long offset);

/// <summary>Which member of a row type is read from which column, compiled to one function.</summary>
/// <remarks>A record or other type whose constructor has parameters is made by its longest public constructor, any other by setting its
/// properties.</remarks>
internal static class CsvMapping<T>
{
    /// <summary>Compiles the function for a file with these columns.</summary>
    /// <param name="file">The file, for messages.</param>
    /// <param name="header">The columns' names, or null to take columns by position.</param>
    /// <param name="allowMissing">Whether a member without a column keeps its default.</param>
    /// <param name="columns">The fields a record must have: those of the header, or without one as many as the row has members.</param>
    public static CsvRowMapper<T> Compile(string file, string[]? header, bool allowMissing, out int columns)
    {
        columns = header?.Length ?? 1;
        ParameterExpression fields = Expression.Parameter(typeof(CsvFields), "fields");
        if (CsvValue.Read(typeof(T), allowsNull: false, fields, 0) is { } single)
        {
            ParameterExpression row = Expression.Variable(typeof(T), "row");
            return Compile(fields, [row], [Expression.Assign(row, single)], row);
        }

        ConstructorInfo? constructor = typeof(T).GetConstructors().OrderByDescending(one => one.GetParameters().Length).FirstOrDefault();
        Member[] members = constructor?.GetParameters() is { Length: > 0 } parameters
            ? parameters.Select(Member.Of).ToArray()
            : SettableMembers();
        if (members.Length == 0)
            throw new SourceException(
                $"Rows of type {typeof(T)} cannot be read from CSV: the type needs a public constructor with parameters, or settable properties.");

        columns = header?.Length ?? members.Length;
        bool byPosition = header is null
            || members.All(
            member => member.Name.StartsWith("item", StringComparison.OrdinalIgnoreCase)
            && typeof(T).FullName!.StartsWith("System.ValueTuple", StringComparison.Ordinal));
        var values = new Dictionary<Member, ParameterExpression>();
        var body = new List<Expression>();
        for (int index = 0; index < members.Length; index++)
        {
            Member member = members[index];
            int column = byPosition ? index : Find(header!, member.Name);
            if (column < 0 && !allowMissing && !member.HasDefault)
                throw new SourceException(
                    $"File '{file}' has no column '{member.Name}', which {typeof(T).Name}.{member.OwnName} is read from. " +
                    $"Its header is: {string.Join(", ", header!)}. Name the column with [{nameof(ColumnNameAttribute)[..^9]}(\"…\")], or allow missing columns.");

            values[member] = Expression.Variable(member.Type, member.OwnName);
            Expression value = column < 0
                ? member.Default
                : CsvValue.Read(member.Type, member.AllowsNull, fields, column)
                    ?? throw new SourceException(
                        $"{typeof(T).Name}.{member.OwnName} has type {member.Type}, which cannot be read from a CSV field.");
            body.Add(Expression.Assign(values[member], value));
        }

        Expression made = constructor?.GetParameters().Length > 0
            ? Expression.New(constructor, members.Select(member => values[member]))
            : Expression.MemberInit(Expression.New(typeof(T)), members.Select(member => Expression.Bind(member.Info!, values[member])));
        return Compile(fields, values.Values, body, made);
    }

    private static CsvRowMapper<T> Compile(ParameterExpression fields, IEnumerable<ParameterExpression> values,
        IEnumerable<Expression> read, Expression row)
    {
        ParameterExpression buffer = Expression.Parameter(typeof(SourceBuffer<T>), "buffer"),
            offset = Expression.Parameter(typeof(long), "offset");
        Expression failed = Expression.GreaterThanOrEqual(Expression.Property(fields, nameof(CsvFields.FailedColumn)),
            Expression.Constant(0));
        Expression add = Expression.Block(Expression.Call(buffer, nameof(SourceBuffer<>.Add), null, row, offset),
            Expression.Constant(true));
        Expression body = Expression.Block(values, [.. read, Expression.Condition(failed, Expression.Constant(false), add)]);
        return Expression.Lambda<CsvRowMapper<T>>(body, fields, buffer, offset).Compile();
    }

    private static int Find(string[] header, string name) =>
        Array.FindIndex(header, column => column.Equals(name, StringComparison.OrdinalIgnoreCase));

    private static Member[] SettableMembers() => typeof(T).GetProperties(BindingFlags.Public | BindingFlags.Instance)
        .Where(property => property.SetMethod is { IsPublic: true } && property.GetIndexParameters().Length == 0)
        .OrderBy(property => property.MetadataToken)
        .Select(Member.Of)
        .ToArray();

    /// <summary>A constructor parameter or property.</summary>
    private sealed record Member(string OwnName, string Name, Type Type, bool AllowsNull, bool HasDefault, Expression Default,
        MemberInfo? Info)
    {
        public static Member Of(ParameterInfo parameter)
        {
            PropertyInfo? property = typeof(T).GetProperty(parameter.Name!,
                BindingFlags.Public | BindingFlags.Instance | BindingFlags.IgnoreCase);
            Type type = parameter.ParameterType;
            string name = (parameter.GetCustomAttribute<ColumnNameAttribute>()
                ?? property?.GetCustomAttribute<ColumnNameAttribute>())?.Name ?? parameter.Name!;
            Expression value = parameter is { HasDefaultValue: true, DefaultValue: { } constant }
                ? Expression.Convert(Expression.Constant(constant), type)
                : Expression.Default(type);
            return new Member(property?.Name ?? parameter.Name!, name, type, IsNullable(new NullabilityInfoContext().Create(parameter)),
                parameter.HasDefaultValue, value, null);
        }

        public static Member Of(PropertyInfo property) => new(
            property.Name, property.GetCustomAttribute<ColumnNameAttribute>()?.Name ?? property.Name, property.PropertyType,
            IsNullable(new NullabilityInfoContext().Create(property)), false, Expression.Default(property.PropertyType), property);

        private static bool IsNullable(NullabilityInfo info) => info.WriteState == NullabilityState.Nullable;
    }
}
