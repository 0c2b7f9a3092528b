using System.Globalization;
using System.Reflection;
using System.Reflection.Emit;

namespace ActorStreams.Sql.Expressions.Compilation;

/// <summary>Writes one row type, in an assembly of its own that may be unloaded.</summary>
/// <param name="number">Of the assembly.</param>
internal sealed class RowTypeBuilder(int number)
{
    public RowLayout Make(IReadOnlyList<RowColumn> columns)
    {
        string name = string.Create(CultureInfo.InvariantCulture, $"ActorStreams.Sql.Rows{number}");
        ModuleBuilder module = OpenModule.Define(name, columns.Select(static one => one.Type.Own).OfType<Type>());
        TypeBuilder type = module.DefineType("Row",
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
