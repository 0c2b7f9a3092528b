using System.Reflection;
using System.Reflection.Emit;
using ActorStreams.Sql.Expressions.Compilation;
using ActorStreams.Sql.Values;

namespace ActorStreams.Sql.Rows;

/// <summary>The columns of a type of the user's: one for each public property and field that SQL has a type for.</summary>
internal static class MemberColumns
{
    /// <summary>The name of the column of a type that is one value.</summary>
    public const string OnlyColumn = "value";

    /// <param name="type">The row.</param>
    /// <param name="what">What it is, for the error: <c>stream 'bids'</c>.</param>
    /// <exception cref="PipelineException">It has no columns, or two of one name.</exception>
    public static RowLayout Of(Type type, string what)
    {
        List<(RowColumn Column, MemberRead Read)> columns = [.. Columns(type, [], OnlyColumn)];
        if (columns.Count == 0)
        {
            throw new PipelineException(
                $"The {what}: {type.Name} has no public property that SQL has a type for. Give rows with numbers, texts, " +
                "truth values, dates and times, bytes, or arrays of them.");
        }

        if (columns.GroupBy(static one => one.Column.Name).FirstOrDefault(static same => same.Count() > 1) is { } twice)
            throw new PipelineException(
                $"The {what}: {type.Name} has two columns '{twice.Key}'. Name one of them with [ColumnName(\"…\")].");
        return new RowLayout(type, [.. columns.Select(static one => one.Column)], [])
        {
            Reads = [.. columns.Select(static one => one.Read)],
        };
    }

    /// <summary>How many columns a type has.</summary>
    public static int Count(Type type) => Columns(type, [], OnlyColumn).Count();

    /// <summary>The columns of the value at the end of a path of members.</summary>
    private static IEnumerable<(RowColumn Column, MemberRead Read)> Columns(Type type, IReadOnlyList<MemberInfo> path, string name)
    {
        if (Single(type, name, isNullable: true, path) is { } single)
        {
            yield return single;
            yield break;
        }

        bool isPair = type.IsGenericType && type.GetGenericTypeDefinition() == typeof(TableRow<,>);
        foreach (MemberInfo member in Members(type))
        {
            IReadOnlyList<MemberInfo> to = [.. path, member];
            if (isPair)
            {
                foreach ((RowColumn, MemberRead) column in Columns(TypeOf(member), to, ColumnNames.Of(member)))
                    yield return column;
            }
            else if (Single(TypeOf(member), ColumnNames.Of(member), MayBeNull(member), to) is { } column)
            {
                yield return column;
            }
        }
    }

    private static (RowColumn Column, MemberRead Read)? Single(Type type, string name, bool isNullable, IReadOnlyList<MemberInfo> path)
    {
        Type bare = Nullable.GetUnderlyingType(type) ?? type;
        if (ClrTypes.In(bare) is not { } known)
            return null;
        if (path.Count == 0 && type.IsValueType)
            return (new RowColumn(name, known.Type, bare != type), new MemberRead(type, il => il.Emit(OpCodes.Ldobj, type), known.Convert));
        bool mayBeNull = bare != type || (!type.IsValueType && isNullable);
        return (new RowColumn(name, known.Type, mayBeNull), new MemberRead(type, il => Load(il, path), known.Convert));
    }

    private static void Load(ILGenerator il, IReadOnlyList<MemberInfo> path)
    {
        for (int at = 0; at < path.Count; at++)
        {
            Type owner = path[at].DeclaringType!;
            if (at > 0 && owner.IsValueType)
            {
                LocalBuilder kept = il.DeclareLocal(owner);
                il.Emit(OpCodes.Stloc, kept);
                il.Emit(OpCodes.Ldloca, kept);
            }

            if (path[at] is FieldInfo field)
                il.Emit(OpCodes.Ldfld, field);
            else
                il.Emit(owner.IsValueType ? OpCodes.Call : OpCodes.Callvirt, ((PropertyInfo)path[at]).GetMethod!);
        }
    }

    private static IEnumerable<MemberInfo> Members(Type type) =>
        type.GetMembers(BindingFlags.Public | BindingFlags.Instance).Where(static member => member switch
        {
            PropertyInfo property => property.GetMethod is { IsPublic: true } && property.GetIndexParameters().Length == 0,
            FieldInfo => true,
            _ => false,
        }).OrderBy(static member => member is FieldInfo).ThenBy(static member => member.MetadataToken);

    private static Type TypeOf(MemberInfo member) => member is PropertyInfo property ? property.PropertyType
        : ((FieldInfo)member).FieldType;

    private static bool MayBeNull(MemberInfo member)
    {
        var context = new NullabilityInfoContext();
        NullabilityInfo info = member is PropertyInfo property ? context.Create(property) : context.Create((FieldInfo)member);
        return info.ReadState != NullabilityState.NotNull;
    }
}
