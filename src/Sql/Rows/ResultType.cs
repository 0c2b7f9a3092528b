using System.Reflection;
using System.Reflection.Emit;
using ActorStreams.Sql.Errors;
using ActorStreams.Sql.Expressions.Compilation;

namespace ActorStreams.Sql.Rows;

/// <summary>How rows of a user's type are made of the columns of a result: by the parameters of its constructor, then by its settable
/// properties. Each column has one, and each parameter a column or a default.</summary>
internal static class ResultType
{
    /// <param name="type">The user's type.</param>
    /// <param name="columns">Of the result.</param>
    /// <param name="what">The result, for errors.</param>
    /// <exception cref="PipelineException">The two do not fit; the message names column and member.</exception>
    public static RowLayout Of(Type type, IReadOnlyList<RowColumn> columns, string what)
    {
        if (columns.Count == 1 && !IsComposite(type))
            return Single(type, columns[0], what);
        ConstructorInfo? constructor = type.GetConstructors().OrderByDescending(static one => one.GetParameters().Length).FirstOrDefault();
        if (constructor is null && !type.IsValueType)
            throw new PipelineException($"{what}: {type.Name} has no public constructor, so rows of it cannot be made.");
        Slot[] slots =
        [
            .. (constructor?.GetParameters() ?? []).Select(Slot.Of),
            .. Settable(type, constructor).Select(Slot.Of),
        ];
        var partOf = new int[slots.Length];
        Array.Fill(partOf, -1);
        RowPart[] parts = [.. columns.Select((column, at) => Part(type, column, at, slots, partOf, what))];
        foreach ((Slot slot, int part) in slots.Zip(partOf))
        {
            if (part < 0 && slot.Parameter is { HasDefaultValue: false })
            {
                throw new PipelineException(
                    $"{what}: no column of the result is {type.Name}.{slot.Name}, which its constructor takes. The columns are " +
                    $"{string.Join(", ", columns.Select(static one => one.Name))}. Give one the alias \"{ColumnNames.Of(slot.Name)}\".");
            }
        }

        return new RowLayout(type, columns,
            [])
        { Maker = new RowMaker(parts, (il, made) => Make(il, type, constructor, slots, partOf, made)) };
    }

    private static bool IsComposite(Type type) => ClrTypes.In(Nullable.GetUnderlyingType(type) ?? type) is null;

    /// <summary>A type that is the one column.</summary>
    private static RowLayout Single(Type type, RowColumn column, string what) =>
        new(type, [column], []) { Maker = new RowMaker([PartOf(column, type, type.Name, what)], static (_, made) => made[0]) };

    private static RowPart Part(Type type, RowColumn column, int at, Slot[] slots, int[] partOf, string what)
    {
        int found = Array.FindIndex(slots, slot => slot.Column == column.Name);
        if (found < 0)
            found = Array.FindIndex(slots, slot => ColumnNames.Match(column.Name, slot.Name));
        if (found < 0)
        {
            string? nearest = NearestName.Of(column.Name, slots.Select(static slot => slot.Column));
            throw new PipelineException($"{what}: {type.Name} has nothing for the column '{column.Name}' ({column.Type}): it has " +
                $"{string.Join(", ", slots.Select(static slot => slot.Name))}. " +
                $"Add a property '{column.Name}' (case and underscores do not count), " +
                $"or give the column the alias of the one that is meant{(nearest is null ? "" : $", perhaps \"{nearest}\"")}.");
        }

        if (partOf[found] >= 0)
            throw new PipelineException(
                $"{what}: two columns of the result are {type.Name}.{slots[found].Name}. Give one of them another alias.");
        partOf[found] = at;
        return PartOf(column, slots[found].Type, $"{type.Name}.{slots[found].Name}", what);
    }

    private static RowPart PartOf(RowColumn column, Type type, string name, string what)
    {
        Type bare = Nullable.GetUnderlyingType(type) ?? type;
        if (!ClrTypes.Out(column.Type, bare, out MethodInfo? convert))
        {
            throw new PipelineException($"{what}: the column '{column.Name}' is {column.Type}, and {name} is {bare.Name}. Make it " +
                $"{ClrTypes.Usual(column.Type).Name}, or cast the column in the query.");
        }

        return new RowPart($"{name} (column '{column.Name}')", type, bare != type || !type.IsValueType, convert);
    }

    private static LocalBuilder Make(
        ILGenerator il, Type type, ConstructorInfo? constructor, Slot[] slots, int[] partOf, IReadOnlyList<LocalBuilder> parts)
    {
        LocalBuilder made = il.DeclareLocal(type);
        int parameters = constructor?.GetParameters().Length ?? 0;
        for (int at = 0; at < parameters; at++)
        {
            if (partOf[at] >= 0)
                il.Emit(OpCodes.Ldloc, parts[partOf[at]]);
            else
                Default(il, slots[at]);
        }

        if (constructor is null)
        {
            il.Emit(OpCodes.Ldloca, made);
            il.Emit(OpCodes.Initobj, type);
        }
        else
        {
            il.Emit(OpCodes.Newobj, constructor);
            il.Emit(OpCodes.Stloc, made);
        }

        for (int at = parameters; at < slots.Length; at++)
        {
            if (partOf[at] < 0)
                continue;
            il.Emit(type.IsValueType ? OpCodes.Ldloca : OpCodes.Ldloc, made);
            il.Emit(OpCodes.Ldloc, parts[partOf[at]]);
            if (slots[at].Member is FieldInfo field)
                il.Emit(OpCodes.Stfld, field);
            else
                il.Emit(type.IsValueType ? OpCodes.Call : OpCodes.Callvirt, ((PropertyInfo)slots[at].Member!).SetMethod!);
        }

        return made;
    }

    /// <summary>A parameter without a column: as its default says, if code can hold that; else the default of its type.</summary>
    private static void Default(ILGenerator il, Slot slot)
    {
        object? value = slot.Parameter!.DefaultValue;
        switch (value)
        {
            case bool flag:
                il.Emit(flag ? OpCodes.Ldc_I4_1 : OpCodes.Ldc_I4_0);
                break;
            case int number when slot.Type == typeof(int):
                il.Emit(OpCodes.Ldc_I4, number);
                break;
            case long number when slot.Type == typeof(long):
                il.Emit(OpCodes.Ldc_I8, number);
                break;
            case double number when slot.Type == typeof(double):
                il.Emit(OpCodes.Ldc_R8, number);
                break;
            case string text:
                il.Emit(OpCodes.Ldstr, text);
                break;
            default:
                LocalBuilder none = il.DeclareLocal(slot.Type);
                il.Emit(OpCodes.Ldloca, none);
                il.Emit(OpCodes.Initobj, slot.Type);
                il.Emit(OpCodes.Ldloc, none);
                break;
        }
    }

    private static IEnumerable<MemberInfo> Settable(Type type, ConstructorInfo? constructor)
    {
        var taken = (constructor?.GetParameters() ?? []).Select(static one => one.Name!).ToHashSet(StringComparer.OrdinalIgnoreCase);
        foreach (PropertyInfo property in type.GetProperties(BindingFlags.Public | BindingFlags.Instance))
        {
            if (property.SetMethod is { IsPublic: true } && property.GetIndexParameters().Length == 0 && !taken.Contains(property.Name))
                yield return property;
        }

        foreach (FieldInfo field in type.GetFields(BindingFlags.Public | BindingFlags.Instance))
        {
            if (!field.IsInitOnly && !taken.Contains(field.Name))
                yield return field;
        }
    }

    /// <summary>What a column can be put into.</summary>
    private sealed record Slot(string Name, string Column, Type Type, ParameterInfo? Parameter, MemberInfo? Member)
    {
        public static Slot Of(ParameterInfo parameter)
        {
            PropertyInfo? property = parameter.Member.DeclaringType!.GetProperty(parameter.Name!,
                BindingFlags.Public | BindingFlags.Instance | BindingFlags.IgnoreCase);
            string? named = (parameter.GetCustomAttribute<ColumnNameAttribute>()
                ?? property?.GetCustomAttribute<ColumnNameAttribute>())?.Name;
            string name = property?.Name ?? parameter.Name!;
            return new Slot(name, named ?? ColumnNames.Of(name), parameter.ParameterType, parameter, null);
        }

        public static Slot Of(MemberInfo member) => new(member.Name, ColumnNames.Of(member),
            member is PropertyInfo property ? property.PropertyType : ((FieldInfo)member).FieldType, null, member);
    }
}
