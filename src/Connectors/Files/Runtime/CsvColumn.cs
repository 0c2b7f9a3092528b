using System.Linq.Expressions;
using System.Reflection;

namespace ActorStreams.Connectors.Files.Runtime;

/// <summary>A column to be written.</summary>
internal abstract class CsvColumn<T>(string name)
{
    public string Name { get; } = name;

    public abstract void Write(in T row, CsvFieldWriter fields);
}

/// <inheritdoc/>
internal sealed class CsvColumn<T, TValue>(string name, Func<T, TValue> value, Action<CsvFieldWriter, TValue> write) : CsvColumn<T>(name)
{
    public override void Write(in T row, CsvFieldWriter fields) => write(fields, value(row));
}

/// <summary>How a value of a type is written into a field: chosen once per column, so that no value is boxed.</summary>
internal static class CsvFieldWrite
{
    /// <summary>Null if the type has no form in CSV.</summary>
    public static Action<CsvFieldWriter, TValue>? Of<TValue>() => (Action<CsvFieldWriter, TValue>?)Of(typeof(TValue));

    public static bool Has(Type type) => Of(type) is not null;

    private static Delegate? Of(Type type) => type switch
    {
        _ when type == typeof(string) => (CsvFieldWriter fields, string? value) => fields.Text(value),
        _ when type == typeof(char) => (CsvFieldWriter fields, char value) => fields.Character(value),
        _ when type == typeof(bool) => (CsvFieldWriter fields, bool value) => fields.Boolean(value),
        _ when type == typeof(DateTimeOffset) => (CsvFieldWriter fields, DateTimeOffset value) => fields.Instant(value),
        _ when type == typeof(DateTime) =>
            (CsvFieldWriter fields, DateTime value) =>
            fields.Instant(new DateTimeOffset(DateTime.SpecifyKind(value.ToUniversalTime(), DateTimeKind.Utc))),
        _ when type == typeof(DateOnly) => (CsvFieldWriter fields, DateOnly value) => fields.Text(value.ToString("O")),
        { IsEnum: true } => Make(nameof(Enumeration), type),
        _ when Nullable.GetUnderlyingType(type) is { } value => Of(value) is { } write ? Make(nameof(OrNull), value, write) : null,
        _ when typeof(IUtf8SpanFormattable).IsAssignableFrom(type) => Make(nameof(Formattable), type),
        _ when typeof(IFormattable).IsAssignableFrom(type) => Make(nameof(Formatted), type),
        _ => null,
    };

    private static Delegate Make(string method, Type type, params object[] arguments) =>
        (Delegate)typeof(CsvFieldWrite).GetMethod(method, BindingFlags.NonPublic | BindingFlags.Static)!.MakeGenericMethod(type)
            .Invoke(null, arguments)!;

    private static Action<CsvFieldWriter, TValue> Formattable<TValue>()
        where TValue : IUtf8SpanFormattable =>
        (fields, value) =>
        {
            if (value is not null)
                fields.Formattable(value);
        };

    private static Action<CsvFieldWriter, TValue> Formatted<TValue>()
        where TValue : IFormattable =>
        (fields, value) => fields.Text(value?.ToString(null, System.Globalization.CultureInfo.InvariantCulture));

    private static Action<CsvFieldWriter, TEnum> Enumeration<TEnum>()
        where TEnum : struct, Enum
    {
        var names = Enum.GetValues<TEnum>().Distinct().ToDictionary(value => value, value => value.ToString());
        return (fields, value) => fields.Text(names.TryGetValue(value, out string? name) ? name : value.ToString());
    }

    private static Action<CsvFieldWriter, TValue?> OrNull<TValue>(Action<CsvFieldWriter, TValue> write)
        where TValue : struct =>
        (fields, value) =>
        {
            if (value is { } some)
                write(fields, some);
        };
}

/// <summary>Finds the columns of a row type: its properties (of a record, tuple or struct those of its constructor), nested ones
/// prefixed.</summary>
internal static class CsvProperties<T>
{
    private const int MaxDepth = 4;

    public static void AddTo(CsvColumns<T> columns)
    {
        ParameterExpression row = Expression.Parameter(typeof(T), "row");
        if (CsvFieldWrite.Has(typeof(T)))
            Add(columns, "value", row, row);
        else
            AddMembers(columns, "", row, row, 0);
    }

    private static void AddMembers(CsvColumns<T> columns, string prefix, Expression owner, ParameterExpression row, int depth)
    {
        foreach ((string name, Expression value) in MembersOf(owner))
        {
            string full = prefix + name;
            if (CsvFieldWrite.Has(value.Type))
                Add(columns, full, OrDefault(owner, value), row);
            else if (depth == MaxDepth || typeof(System.Collections.IEnumerable).IsAssignableFrom(value.Type) || !MembersOf(value).Any())
                throw new PipelineException(
                    $"CSV column '{full}' of {typeof(T)}: {value.Type} has no form in CSV. Give the columns explicitly: Csv.ToFile<…>(path, c => c.Column(\"…\", r => …)).");
            else
                AddMembers(columns, full + ".", OrDefault(owner, value), row, depth + 1);
        }
    }

    /// <summary>A window is its two instants, any other type what its constructor takes, or else what can be read.</summary>
    private static IEnumerable<(string Name, Expression Value)> MembersOf(Expression owner)
    {
        Type type = owner.Type;
        if (type == typeof(Window))
            return [("Start", Expression.Property(owner, nameof(Window.StartTime))),
                ("End", Expression.Property(owner, nameof(Window.EndTime)))];
        if (Nullable.GetUnderlyingType(type) is not null)
            return [];

        MemberInfo[] readable = type.GetMembers(BindingFlags.Public | BindingFlags.Instance)
            .Where(member => member is FieldInfo or PropertyInfo { GetMethod.IsPublic: true }
                && !(member is PropertyInfo property && property.GetIndexParameters().Length > 0))
            .OrderBy(member => member.MetadataToken)
            .ToArray();
        ParameterInfo[] parameters = type.GetConstructors().Select(one => one.GetParameters()).OrderByDescending(one => one.Length)
            .FirstOrDefault() ?? [];
        MemberInfo?[] constructed = parameters.Select(
            parameter => Array.Find(readable, member => member.Name.Equals(parameter.Name, StringComparison.OrdinalIgnoreCase))).ToArray();
        MemberInfo[] found = constructed.OfType<MemberInfo>().ToArray();
        MemberInfo[] chosen = found.Length > 0 && found.Length == parameters.Length ? found : readable;
        return chosen.Select(member => (NameOf(member, parameters), (Expression)Expression.MakeMemberAccess(owner, member)));
    }

    private static string NameOf(MemberInfo member, ParameterInfo[] parameters) =>
        (member.GetCustomAttribute<ColumnNameAttribute>()
            ?? Array.Find(parameters,
                parameter =>
                member.Name.Equals(parameter.Name, StringComparison.OrdinalIgnoreCase))?.GetCustomAttribute<ColumnNameAttribute>())?.Name
        ?? member.Name;

    /// <summary>The members of a null are null: empty fields.</summary>
    private static Expression OrDefault(Expression owner, Expression value)
    {
        if (owner.Type.IsValueType || owner is ParameterExpression)
            return value;
        Type type = value.Type.IsValueType && Nullable.GetUnderlyingType(value.Type) is null && CsvFieldWrite.Has(value.Type)
            ? typeof(Nullable<>).MakeGenericType(value.Type)
            : value.Type;
        return Expression.Condition(
            Expression.ReferenceEqual(owner, Expression.Constant(null)), Expression.Default(type), type == value.Type ? value
                : Expression.Convert(value, type));
    }

    private static void Add(CsvColumns<T> columns, string name, Expression value, ParameterExpression row)
    {
        Delegate get = Expression.Lambda(typeof(Func<,>).MakeGenericType(typeof(T), value.Type), value, row).Compile();
        typeof(CsvColumns<T>).GetMethod(nameof(CsvColumns<T>.Column))!.MakeGenericMethod(value.Type)
            .Invoke(columns, BindingFlags.DoNotWrapExceptions, null, [name, get], null);
    }
}
