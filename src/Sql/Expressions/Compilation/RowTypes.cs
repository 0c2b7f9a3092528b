using System.Globalization;
using System.Reflection;
using System.Reflection.Emit;

namespace ActorStreams.Sql.Expressions.Compilation;

/// <summary>Makes row types: structs with a typed field for each column, compared field by field. Rows of one shape share a type.</summary>
/// <remarks>The types belong to a statement: they are unloaded when nothing refers to them any more.</remarks>
internal sealed class RowTypes
{
    private static int s_assemblies;
    private readonly Dictionary<string, RowLayout> _known = [];
    private readonly ModuleBuilder _module;
    private int _types;

    public RowTypes()
    {
        string name = $"ActorStreams.Sql.Rows{Interlocked.Increment(ref s_assemblies)}";
        AssemblyBuilder assembly = AssemblyBuilder.DefineDynamicAssembly(new AssemblyName(name), AssemblyBuilderAccess.RunAndCollect);
        _module = assembly.DefineDynamicModule(name);
        ConstructorInfo opens = DefineOpening();
        foreach (string other in (string[])["ActorStreams.Sql", "ActorStreams.Core", "ActorStreams.Operators"])
            assembly.SetCustomAttribute(new CustomAttributeBuilder(opens, [other]));
    }

    /// <summary>The type of rows with such columns.</summary>
    public RowLayout Of(IReadOnlyList<RowColumn> columns)
    {
        string shape = string.Join('|', columns.Select(static one => $"{one.Name} {one.Type} {one.IsNullable}"));
        if (!_known.TryGetValue(shape, out RowLayout? layout))
            _known[shape] = layout = Make(columns);
        return layout;
    }

    /// <summary>The attribute that opens the internals of other assemblies to this one: the runtime knows it by its name only.</summary>
    private ConstructorInfo DefineOpening()
    {
        const string Name = "System.Runtime.CompilerServices.IgnoresAccessChecksToAttribute";
        TypeBuilder type = _module.DefineType(Name, TypeAttributes.NotPublic | TypeAttributes.Sealed, typeof(Attribute));
        ILGenerator il = type.DefineConstructor(MethodAttributes.Public, CallingConventions.Standard, [typeof(string)]).GetILGenerator();
        il.Emit(OpCodes.Ldarg_0);
        il.Emit(OpCodes.Call, typeof(Attribute).GetConstructor(BindingFlags.Instance | BindingFlags.NonPublic, Type.EmptyTypes)!);
        il.Emit(OpCodes.Ret);
        return type.CreateType().GetConstructor([typeof(string)])!;
    }

    private RowLayout Make(IReadOnlyList<RowColumn> columns)
    {
        TypeBuilder type = _module.DefineType(string.Create(CultureInfo.InvariantCulture, $"Row{_types++}"),
            TypeAttributes.Public | TypeAttributes.Sealed | TypeAttributes.SequentialLayout, typeof(ValueType));
        var names = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
        FieldBuilder[] fields =
        [
            .. columns.Select((column, at) =>
                type.DefineField(NameOf(column.Name, at, names), RowLayout.FieldType(column), FieldAttributes.Public)),
        ];
        new RowEquality(type, fields).Define();
        Type made = type.CreateType();
        return new RowLayout(made, columns, [.. fields.Select(field => made.GetField(field.Name)!)]);
    }

    /// <summary>Letters, digits and underscores of the column's name; a number more where another column has it.</summary>
    private static string NameOf(string column, int ordinal, HashSet<string> taken)
    {
        string name = string.Concat(column.Select(static one => char.IsAsciiLetterOrDigit(one) ? one : '_'));
        if (name.Length == 0 || char.IsAsciiDigit(name[0]))
            name = "c" + name;
        if (!taken.Add(name))
        {
            name = string.Create(CultureInfo.InvariantCulture, $"{name}_{ordinal}");
            taken.Add(name);
        }

        return name;
    }
}
