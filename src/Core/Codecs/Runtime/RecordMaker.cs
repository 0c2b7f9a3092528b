using System.Linq.Expressions;
using System.Reflection;

namespace ActorStreams.Core.Codecs.Runtime;

/// <summary>The expression that makes a struct or an object of the values that were read, and of defaults for those that were
/// not.</summary>
internal static class RecordMaker
{
    public static Expression Make(RecordShape record, IReadOnlyDictionary<Member, Expression> values)
    {
        ParameterExpression made = Expression.Variable(record.Type);
        var statements = new List<Expression> { Expression.Assign(made, New(record, values)) };
        foreach (Member member in record.Members)
        {
            if (member.Parameter is not null && member.Parameter.Member == record.Constructor)
                continue;
            if (values.TryGetValue(member, out Expression? value))
                statements.Add(Set(made, member.Info, value));
            else if (member.Parameter is { HasDefaultValue: true } parameter)
                statements.Add(Set(made, member.Info, DefaultOf(parameter)));
        }

        return statements.Count == 1 ? New(record, values) : Expression.Block(record.Type, [made], [.. statements, made]);
    }

    private static Expression New(RecordShape record, IReadOnlyDictionary<Member, Expression> values)
    {
        if (record.Constructor is null)
            return Expression.Default(record.Type);

        return Expression.New(record.Constructor, record.Constructor.GetParameters().Select(parameter =>
            record.Members.FirstOrDefault(member => member.IsSetBy(parameter)) is { } member
                && values.TryGetValue(member, out Expression? value)
                ? value
                : DefaultOf(parameter)));
    }

    private static Expression Set(ParameterExpression made, MemberInfo info, Expression value)
    {
        if (info is PropertyInfo property)
            return Expression.Call(made,
                property.DeclaringType!.GetProperty(property.Name, Parts.Any | BindingFlags.DeclaredOnly)!.SetMethod!, value);

        var field = (FieldInfo)info;
        if (!field.IsInitOnly)
            return Expression.Assign(Expression.Field(made, field), value);

        return Expression.Call(typeof(FieldPlace), nameof(FieldPlace.Set), [made.Type, field.FieldType], made,
            Expression.Constant(FieldPlace.Of(field)), value);
    }

    private static Expression DefaultOf(ParameterInfo parameter)
    {
        Type type = parameter.ParameterType;
        if (!parameter.HasDefaultValue || parameter.DefaultValue is not { } value)
            return Expression.Default(type);

        Type bare = Nullable.GetUnderlyingType(type) ?? type;
        return Expression.Convert(Expression.Constant(bare.IsEnum ? Enum.ToObject(bare, value) : value, bare), type);
    }
}
